#include "app/tools/lab_commands.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "app/tools/impairment_relay.h"
#include "base/fail.h"
#include "client/line_source.h"
#include "wire/link_uri.h"

namespace palabre::app {
namespace {

using boost::asio::ip::udp;
using boost::system::error_code;

constexpr std::uint16_t kUsualPort = 5000;
constexpr std::uint32_t kMostDelayMilliseconds = 60'000;

Result<Address> find(boost::asio::io_context& io, const wire::ServerName& name) {
  error_code error;
  const auto found = udp::resolver(io).resolve(name.host, std::to_string(name.port), error);
  if (error || found.empty()) {
    return fail(EX_NOHOST, "The host {} cannot be found. Is the name right?", name.host);
  }
  return Address::parse(found.begin()->endpoint().address().to_string(), name.port);
}

/// The relay and its controls: a line of input or SIGUSR1 cuts the network, the next one heals it.
class Impair {
 public:
  Impair(boost::asio::io_context& io, std::unique_ptr<ImpairmentRelay> relay, Output& output)
      : output_(output),
        relay_(std::move(relay)),
        toggles_(io, SIGUSR1),
        ends_(io, SIGINT, SIGTERM),
        lines_(io, STDIN_FILENO,
               client::LineSource::Hear{[this](const std::string&) {
                                          toggle();
                                          return true;
                                        },
                                        [] {}}) {}

  void start(const wire::ServerName& server) {
    wait_for_toggle();
    ends_.async_wait([this](error_code error, int) {
      if (error) return;
      say(counts());
      is_over_ = true;
    });
    lines_.resume();
    say(fmt::format(
        "The bad network to {} begins at UDP port {}. A line cuts it, another heals it.\n",
        to_text(server), relay_->local_address().port()));
  }
  bool is_over() const { return is_over_; }

 private:
  void wait_for_toggle() {
    toggles_.async_wait([this](error_code error, int) {
      if (error) return;
      toggle();
      wait_for_toggle();
    });
  }
  void toggle() {
    relay_->cut(!relay_->is_cut());
    say(relay_->is_cut() ? "Cut: nothing passes.\n" : "Healed.\n");
  }
  void say(std::string_view line) {
    output_.print(line);
    output_.flush();
  }
  std::string counts() const {
    const ImpairmentRelay::Counts& counts = relay_->counts();
    return fmt::format(
        "{} datagrams came, {} were handed on, {} lost, {} cut off, {} had no room.\n", counts.came,
        counts.handed_on, counts.lost, counts.cut_off, counts.no_room);
  }

  Output& output_;
  std::unique_ptr<ImpairmentRelay> relay_;
  boost::asio::signal_set toggles_;
  boost::asio::signal_set ends_;
  client::LineSource lines_;
  bool is_over_ = false;
};

}  // namespace

LabCommands::LabCommands(CLI::App& palabre) {
  CLI::App* lab = palabre.add_subcommand("lab", "Simulate a bad network");
  lab->require_subcommand(1);
  lab->footer("");  // not the footer of `palabre`, which CLI11 would inherit
  CLI::App* impair = lab->add_subcommand("impair", "Relay datagrams over a simulated bad network");
  impair->add_option("TO", to_, "The server's HOST:PORT")->type_name("")->required();
  impair->add_option("--bind", bind_, "The address to listen on (default: this machine alone)")
      ->type_name("ADDRESS");
  impair->add_option("--port", port_, "The UDP port to listen on (default: any that is free)")
      ->type_name("PORT");
  const auto add_percent = [impair](const char* name, double& percent, const char* about) {
    impair->add_option(name, percent, about)->type_name("PERCENT")->check(CLI::Range(0.0, 100.0));
  };
  add_percent("--loss", network_.loss_percent, "Datagrams lost");
  add_percent("--dup", network_.duplicate_percent, "Datagrams duplicated");
  add_percent("--reorder", network_.reorder_percent,
              "Datagrams delayed twice as long, so that others pass");
  add_percent("--corrupt", network_.corrupt_percent, "Datagrams with one bit flipped");
  impair->add_option("--delay", delay_milliseconds_, "Delay of each datagram, such as 100ms or 2s")
      ->type_name("TIME")
      ->transform(
          CLI::AsNumberWithUnit(std::map<std::string, std::uint32_t>{{"ms", 1}, {"s", 1000}}))
      ->check(CLI::Range(std::uint32_t{0}, kMostDelayMilliseconds));
  impair->add_option("--seed", seed_, "The seed of the random losses (default: 1)")
      ->type_name("NUMBER");
  impair->footer(
      "In both directions. A line of input or SIGUSR1 cuts the network, the next one heals it.\n"
      "Example: a server on port 5000, as over a bad radio link\n"
      "  palabre lab impair --port 5001 --loss 30 --delay 100ms localhost:5000\n"
      "  palabre chat localhost:5001");
  impair->callback([this] { given_ = true; });
}

Result<void> LabCommands::run(Output& output) const {
  TRY(const auto name, wire::parse_server(to_, kUsualPort));
  TRY(const auto at, Address::parse(bind_, port_));
  boost::asio::io_context io(1);
  TRY(const auto server, find(io, name));
  link::BadNetwork network = network_;
  network.delay = std::chrono::milliseconds(delay_milliseconds_);
  TRY(auto relay, ImpairmentRelay::open(io, at, server, network, seed_));
  Impair impair(io, std::move(relay), output);
  impair.start(name);
  while (!impair.is_over() && io.run_one() > 0) {
  }
  return {};
}

}  // namespace palabre::app
