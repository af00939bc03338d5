#include "app/serve.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <random>
#include <utility>

#include "app/control_service.h"
#include "app/counts.h"
#include "app/join_hint.h"
#include "app/links.h"
#include "app/log.h"
#include "app/neighbours.h"
#include "app/privileges.h"
#include "app/service_manager.h"
#include "chat/hub.h"
#include "chat/memory_history.h"
#include "guard/gate.h"
#include "net/asio_driver.h"
#include "net/server.h"
#include "net/udp_socket.h"

namespace palabre::app {
namespace {

chat::Limits limits_of(const ServeOptions& options) {
  chat::Limits limits;
  limits.guests = options.max_guests;
  limits.idle = options.idle;
  return limits;
}

constexpr auto kLinksEvery = std::chrono::seconds(10);
constexpr auto kGoodbyePatience = std::chrono::milliseconds(500);
constexpr auto kGoodbyeLook = std::chrono::milliseconds(5);

guard::Gate::Secrets secrets_from(std::random_device& device) {
  guard::Gate::Secrets secrets;
  std::uniform_int_distribution<unsigned> any_byte(0, 255);
  for (unsigned char& byte : secrets.challenge_key) {
    byte = static_cast<unsigned char>(any_byte(device));
  }
  secrets.hash_key = std::uniform_int_distribution<std::uint64_t>{}(device);
  return secrets;
}

bool is_heard(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN;
}

/// The event loop's part of serving: signals, and what has to be looked at now and then.
class Attendant {
 public:
  Attendant(boost::asio::io_context& io, spdlog::logger& log, const net::UdpSocket& socket,
            guard::Gate& gate, net::Server& server, net::AsioDriver& driver,
            NeighbourWatch& neighbours, ControlService& operators)
      : log_(log),
        socket_(socket),
        gate_(gate),
        server_(server),
        driver_(driver),
        neighbours_(neighbours),
        operators_(operators),
        endings_(io, SIGINT, SIGTERM),
        questions_(io, SIGUSR1),
        timer_(io),
        pulse_(io) {
    if (is_heard(SIGHUP)) endings_.add(SIGHUP);  // the terminal is gone; nohup says to go on
    endings_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (!error) end(signal);
    });
    answer_questions();
    look_around();
    if (const auto pace = watchdog_pace()) live(*pace);
  }

 private:
  void end(int signal) {
    ending_ = true;
    log_.info("closing: {}", signal == SIGINT   ? "interrupted"
                             : signal == SIGHUP ? "its terminal is gone"
                                                : "asked to end");
    tell_stopping();
    server_.close(std::chrono::steady_clock::now());
    driver_.follow_up();
    operators_.stop();
    leave_by(std::chrono::steady_clock::now() + kGoodbyePatience);
  }

  /// Once the goodbyes are sent; where the socket has no room for them, not for ever.
  void leave_by(std::chrono::steady_clock::time_point latest) {
    if (server_.wants_to_write() && std::chrono::steady_clock::now() < latest) {
      timer_.expires_after(kGoodbyeLook);
      timer_.async_wait([this, latest](const boost::system::error_code&) { leave_by(latest); });
      return;
    }
    driver_.stop();
    questions_.cancel();
    timer_.cancel();
    neighbours_.stop();
    pulse_.cancel();
    log_.info("{}", counts_table(socket_.counts(), server_.plain_counts(), gate_.drops()));
  }

  void answer_questions() {
    questions_.async_wait([this](const boost::system::error_code& error, int) {
      if (error || ending_) return;
      log_.info("{}", counts_table(socket_.counts(), server_.plain_counts(), gate_.drops()));
      answer_questions();
    });
  }

  /// Addresses come and go while a server runs.
  void look_around() {
    if (ending_) return;
    if (auto links = links_of_this_machine()) {
      gate_.set_links(*std::move(links));
    } else if (!std::exchange(told_of_links_, true)) {
      log_.warn("who is on the LAN stays as it was (said once): {}", links.error().sentence);
    }
    if (gate_.has_turned_public_away() && !told_of_public_) {
      told_of_public_ = true;
      log_.warn(
          "somebody from a public address was not admitted; --guests all admits those who send "
          "back a code, and [guard] trusted those of a network (said once)");
    }
    timer_.expires_after(kLinksEvery);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) look_around();
    });
  }

  /// Told from the event loop itself: whoever hears it knows that guests are served.
  void live(std::chrono::microseconds pace) {
    if (ending_) return;
    tell_alive();
    pulse_.expires_after(pace);
    pulse_.async_wait([this, pace](const boost::system::error_code& error) {
      if (!error) live(pace);
    });
  }

  spdlog::logger& log_;
  const net::UdpSocket& socket_;
  guard::Gate& gate_;
  net::Server& server_;
  net::AsioDriver& driver_;
  NeighbourWatch& neighbours_;
  ControlService& operators_;
  boost::asio::signal_set endings_;
  boost::asio::signal_set questions_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer pulse_;
  bool told_of_public_ = false;
  bool told_of_links_ = false;
  bool ending_ = false;  // what was under way when the end came begins nothing new
};

/// The one that the service manager has bound, before any of our own.
Result<std::unique_ptr<net::UdpSocket>> socket_at(const net::Address& address,
                                                  spdlog::logger& log) {
  const auto passed = take_passed_sockets();
  if (!passed) return Unexpected<Error>(passed.error());
  if (passed->stream) log.info("the TCP socket that was passed has nobody to serve it yet");
  if (!passed->udp) return net::UdpSocket::open(address);
  auto socket = net::UdpSocket::adopt(*passed->udp);
  if (socket) log.info("the UDP socket was passed by the service manager, which chose its port");
  return socket;
}

}  // namespace

Result<void> serve(const ServeOptions& options) {
  const auto log = open_log(stderr, options.log_level);
  std::signal(SIGPIPE, SIG_IGN);  // whoever read our output may go; the guests stay
  std::signal(SIGUSR1, SIG_IGN);  // until there is something to count

  const auto address = net::Address::parse(options.bind, options.port);
  if (!address) return Unexpected<Error>(address.error());
  auto socket = socket_at(*address, *log);
  if (!socket) return Unexpected<Error>(socket.error());
  const auto control = open_control(options.control, *log);
  const net::UdpSocket& bound = **socket;
  if (auto given_up = give_up_privileges(*log); !given_up) return given_up;

  std::random_device device;
  std::uniform_int_distribution<std::uint64_t> any;
  chat::MemoryHistory history([&] { return any(device); });
  chat::Hub hub(limits_of(options));
  guard::Gate gate(options.guard, secrets_from(device), {bound.local_address().port()});
  net::Server server(hub, history, gate, **socket);

  boost::asio::io_context io(1);
  net::AsioDriver driver(io, server, bound);
  NeighbourWatch neighbours(io, **socket, server, *log);
  ControlService operators(io, control.get(), {*log, bound, hub, gate, server, driver});
  const Attendant attendant(io, *log, bound, gate, server, driver, neighbours, operators);

  const net::Address at = bound.local_address();
  fmt::print("{}", join_hint(at, reachable_at(at)));
  std::fflush(stdout);
  log->info("listening on {}, at most {} guests, idle for {} s at most; who may enter: {}",
            at.label(), options.max_guests, options.idle.count(),
            guests_word(options.guard.guests));
  if (!tell_ready(fmt::format("Listening on {}", at.label()))) {
    log->warn("the service manager cannot be told that palabre is ready; see NOTIFY_SOCKET");
  }
  io.run();
  return {};
}

}  // namespace palabre::app
