#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "fanout_machine.h"
#include "fanout_measure.h"
#include "fanout_processors.h"
#include "quic_loss.h"
#include "quic_members.h"
#include "quic_redis.h"

// The cost of deliveries to members over QUIC, compared with plain text from the same server, and
// with Redis over TLS. See bench/README.md.

namespace palabre::bench {
namespace {

using std::chrono::steady_clock;

struct Options {
  std::string palabre;
  std::vector<std::size_t> members{100, 1000};
  std::size_t rounds = 7;
  bool quick = false;
  bool loss = false;
  std::string picture;
  std::string output;
  std::string commit;
};

std::string own_path() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

/// A configuration for the benchmark: all members have one address, and one of them posts without a
/// pause.
class ConfigFile {
 public:
  ConfigFile() {
    path_ = std::filesystem::temp_directory_path() / fmt::format("palabre-bench-{}", ::getpid());
    std::ofstream(path_)
        << "[members]\nper-address = 5000\nburst = 1000000\nper-second = 1000000\n";
  }
  ~ConfigFile() { std::filesystem::remove(path_); }
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;
  std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::vector<std::string> palabre_command(const Options& options, const ConfigFile& config) {
  std::vector<std::string> command{options.palabre, "serve",     "--port",     "0",
                                   "--bind",        "127.0.0.1", "--memory",   "--log-level",
                                   "error",         "--config",  config.path()};
  if (geteuid() == 0) command.insert(command.end(), {"--user", "nobody"});
  return command;
}

/// The results of one way under one load.
struct Figures {
  std::string way;
  std::vector<double> microseconds = {};  ///< of the server's CPU per delivery
  std::vector<double> per_second = {};    ///< deliveries per second of wall time
  bool is_complete = true;

  void add(const Outcome& outcome) {
    is_complete = is_complete && outcome.is_complete();
    if (!outcome.is_complete()) return;
    microseconds.push_back(1e6 / outcome.deliveries_per_cpu_second());
    per_second.push_back(outcome.deliveries_per_second());
  }
};

/// The results of all ways in one room.
struct RoomReport {
  std::size_t members = 0;
  std::vector<Figures> isolated;
  std::vector<Figures> saturated;
  double logins_per_second = 0;
  double login_milliseconds = 0;  ///< of the server's CPU
  double kibibytes = 0;           ///< of the server's memory per online member
};

RoomReport measure(const Options& options, const ConfigFile& config, std::size_t count) {
  RoomReport report;
  report.members = count;
  ServerProcess over_quic(palabre_command(options, config));
  const std::size_t before = over_quic.memory().resident_bytes;
  Members members(over_quic, count);
  const auto each = [&](auto total) {
    return static_cast<double>(total) / static_cast<double>(count);
  };
  report.kibibytes = each(over_quic.memory().resident_bytes - before) / 1024;
  report.logins_per_second = 1 / each(std::chrono::duration<double>(members.took()).count());
  report.login_milliseconds =
      each(std::chrono::duration<double, std::milli>(members.server_cpu()).count());

  ServerProcess over_text(palabre_command(options, config));
  Crowd crowd(count);
  crowd.join(over_text.address());
  Load load(crowd);
  const auto redis = Redis::is_here() ? std::make_unique<Redis>(count) : nullptr;

  const auto drill = [&](std::size_t deliveries, std::size_t window) {
    std::vector<Figures> figures{{"palabre, members (QUIC)"}, {"palabre, guests (plain text)"}};
    if (redis) figures.push_back({"Redis over TLS"});
    const std::size_t messages = std::max<std::size_t>(window, deliveries / count);
    for (std::size_t round = 0; round < options.rounds; ++round) {
      figures[0].add(members.run_closed(messages, window));
      figures[1].add(load.run_closed(over_text, messages, window));
      if (redis) figures[2].add(redis->run_closed(messages, window));
    }
    return figures;
  };
  const std::size_t scale = options.quick ? 10 : 1;
  report.isolated = drill(40'000 / scale, 1);
  report.saturated = drill(400'000 / scale, 64);
  return report;
}

struct LossReport {
  std::vector<Lateness> quic;
  std::vector<Lateness> tcp;
};

/// One author and one reader, at increasing rates of loss.
template <typename Way>
std::vector<Lateness> measure_loss(Way& way, std::size_t messages) {
  constexpr std::array<unsigned, 6> kPercents{0, 1, 5, 10, 20, 30};
  constexpr std::chrono::milliseconds kInterval{10};
  std::vector<Lateness> curve;
  for (const unsigned percent : kPercents) {
    lose(percent);
    curve.push_back(lateness_of(percent, messages, way.run_open(messages, kInterval)));
  }
  lose(0);
  return curve;
}

/// Measures one way after the other: members who stay silent while another is measured would be
/// disconnected.
LossReport measure_loss(const Options& options, const ConfigFile& config) {
  const std::size_t messages = options.quick ? 50 : 2000;
  if (!Redis::is_here()) throw std::runtime_error("There is no Redis to compare with.");
  enter_own_network();
  LossReport report;
  {
    ServerProcess server(palabre_command(options, config));
    Members members(server, 2);
    report.quic = measure_loss(members, messages);
  }
  Redis redis(1);
  report.tcp = measure_loss(redis, messages);
  return report;
}

std::string table(const LossReport& loss) {
  std::string text =
      "One author, one reader, 100 messages a second, on loopback with loss each way (no "
      "delay):\n\n"
      "| lost | palabre p50, p99, ms | Redis over TLS p50, p99, ms | p99, of TCP's | missing |\n"
      "|---|---|---|---|---|\n";
  for (std::size_t i = 0; i < loss.quic.size(); ++i) {
    const Lateness& quic = loss.quic[i];
    const Lateness& tcp = loss.tcp[i];
    text += fmt::format("| {} % | {:.2f}, {:.1f} | {:.2f}, {:.1f} | {:.2f} | {}, {} |\n",
                        quic.percent, quic.p50_ms, quic.p99_ms, tcp.p50_ms, tcp.p99_ms,
                        quic.p99_ms / tcp.p99_ms, quic.missing, tcp.missing);
  }
  return text;
}

std::string table(const std::vector<Figures>& all) {
  std::string text =
      "| way | server's CPU for a delivery, us: median (least..most) | deliveries a second |\n"
      "|---|---|---|\n";
  for (const Figures& one : all) {
    if (one.microseconds.empty()) {
      text += fmt::format("| {} | incomplete | |\n", one.way);
      continue;
    }
    const Spread cost = spread_of(one.microseconds);
    text += fmt::format("| {} | {:.2f} ({:.2f}..{:.2f}) | {:.0f} |\n", one.way, cost.median,
                        cost.least, cost.most, spread_of(one.per_second).median);
  }
  return text;
}

std::string report(const std::vector<RoomReport>& rooms) {
  std::string text;
  for (const RoomReport& room : rooms) {
    text += fmt::format("## {} in a room\n\nOne message at a time:\n\n{}\n", room.members,
                        table(room.isolated));
    text += fmt::format("64 on their way at any time:\n\n{}\n", table(room.saturated));
    text += fmt::format(
        "Coming online (handshake, login, room): {:.0f} a second, {:.2f} ms of the server's CPU "
        "each; {:.0f} KiB of its memory for each who is online.\n\n",
        room.logins_per_second, room.login_milliseconds, room.kibibytes);
  }
  return text;
}

bool is_complete(const std::vector<RoomReport>& rooms) {
  const auto complete = [](const std::vector<Figures>& all) {
    return std::all_of(all.begin(), all.end(), [](const Figures& one) { return one.is_complete; });
  };
  return std::all_of(rooms.begin(), rooms.end(), [&](const RoomReport& room) {
    return complete(room.isolated) && complete(room.saturated);
  });
}

int run(const Options& options, const std::string& command) {
  allow_descriptors(3 * *std::max_element(options.members.begin(), options.members.end()) + 64);
  keep_to_own_processor(Side::kGuests);
  std::string text = heading("Telling members", options.commit, command) + "\n";
  const ConfigFile config;
  std::vector<RoomReport> rooms;
  if (options.loss) {
    const LossReport loss = measure_loss(options, config);
    text += table(loss);
    if (!options.picture.empty()) {
      std::ofstream(options.picture) << picture_of(loss.quic, loss.tcp);
    }
  } else {
    for (const std::size_t count : options.members) {
      rooms.push_back(measure(options, config, count));
    }
    text += report(rooms);
  }
  publish(text, options.output);
  if (is_complete(rooms)) return EX_OK;
  fmt::print(stderr, "quic: deliveries are missing; these figures are incomplete.\n");
  return EX_SOFTWARE;
}

int parse_and_run(int argc, char** argv) {
  Options options;
  options.palabre = std::filesystem::path(own_path()).replace_filename("palabre").string();
  CLI::App app("What telling members costs: over QUIC, in plain text, and Redis over TLS.");
  app.add_option("--palabre", options.palabre, "The program to measure (default: beside this one)")
      ->type_name("PATH");
  app.add_option("--members", options.members, "In the room (default: 100,1000)")
      ->delimiter(',')
      ->check(CLI::Range(2, 4000));
  app.add_option("--rounds", options.rounds, "Rounds of each comparison (default: 7)")
      ->check(CLI::Range(1, 100));
  app.add_flag("--quick", options.quick, "A few seconds, to see that all works; not for figures");
  app.add_flag("--loss", options.loss, "How late messages come on a way that loses; as root");
  app.add_option("--picture", options.picture, "Draw that as an SVG too")->type_name("FILE");
  app.add_option("--output", options.output, "Write the result to a Markdown file too")
      ->type_name("FILE");
  app.add_option("--commit", options.commit, "What was built (default: what is checked out)");
  CLI11_PARSE(app, argc, argv);
  if (options.quick) {
    options.members = {20};
    options.rounds = 2;
  }
  return run(options, command_line("quic", argc, argv));
}

}  // namespace
}  // namespace palabre::bench

int main(int argc, char** argv) {
  try {
    return palabre::bench::parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "quic: {}\n", error.what());
    return EX_SOFTWARE;
  }
}
