#include "app/serve.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <random>

#include "app/join_hint.h"
#include "app/log.h"
#include "chat/hub.h"
#include "chat/memory_history.h"
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

void log_counts(spdlog::logger& log, const net::UdpSocket& socket, const net::Server& server) {
  const auto& datagrams = socket.counts();
  log.info("datagrams: {} received, {} sent, {} undeliverable, {} lost in the receive buffer",
           datagrams.received, datagrams.sent, datagrams.undeliverable, datagrams.overflowed);
  const auto& plain = server.plain_counts();
  log.info("dropped: {} first datagrams that were no text, {} notices while the socket was full",
           plain.strangers_dropped, plain.notices_dropped);
}

}  // namespace

Result<void> serve(const ServeOptions& options) {
  const auto log = open_log(stderr, options.log_level);
  std::signal(SIGPIPE, SIG_IGN);  // whoever read our output may go; the guests stay

  const auto address = net::Address::parse(options.bind, options.port);
  if (!address) return Unexpected<Error>(address.error());
  auto socket = net::UdpSocket::open(*address);
  if (!socket) return Unexpected<Error>(socket.error());
  const net::UdpSocket& bound = **socket;

  std::random_device device;
  std::uniform_int_distribution<std::uint64_t> any;
  chat::MemoryHistory history([&] { return any(device); });
  chat::Hub hub(limits_of(options));
  net::Server server(hub, history, **socket);

  boost::asio::io_context io(1);
  net::AsioDriver driver(io, server, bound);
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& error, int signal) {
    if (error) return;
    log->info("closing: {}", signal == SIGINT ? "interrupted" : "asked to end");
    server.close(std::chrono::steady_clock::now());
    driver.stop();
  });

  const net::Address at = bound.local_address();
  fmt::print("{}", join_hint(at, reachable_at(at)));
  std::fflush(stdout);
  log->info("listening on {}, at most {} guests, idle for {} s at most", at.label(),
            options.max_guests, options.idle.count());
  io.run();
  log_counts(*log, bound, server);
  return {};
}

}  // namespace palabre::app
