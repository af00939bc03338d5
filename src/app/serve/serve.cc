#include "app/serve/serve.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "app/control/control_service.h"
#include "app/data_folder.h"
#include "app/host/neighbours.h"
#include "app/host/privileges.h"
#include "app/host/service_manager.h"
#include "app/serve/attendant.h"
#include "app/serve/histories.h"
#include "app/serve/join_hint.h"
#include "app/serve/log.h"
#include "app/serve/members_door.h"
#include "base/clock.h"
#include "chat/hub.h"
#include "guard/gate.h"
#include "net/asio_driver.h"
#include "net/udp_socket.h"
#include "server/doors/operators/operators_door.h"
#include "server/doors/plain/plain_door.h"
#include "server/house.h"
#include "server/udp_port.h"

namespace palabre::app {
namespace {

chat::Limits limits_of(const ServeOptions& options) {
  chat::Limits limits;
  limits.guests = options.max_guests;
  limits.idle = options.idle;
  return limits;
}

guard::Gate::Secrets secrets_from(std::random_device& device) {
  guard::Gate::Secrets secrets;
  std::uniform_int_distribution<unsigned> any_byte(0, 255);
  for (unsigned char& byte : secrets.challenge_key) {
    byte = static_cast<unsigned char>(any_byte(device));
  }
  secrets.hash_key = std::uniform_int_distribution<std::uint64_t>{}(device);
  return secrets;
}

constexpr chat::DoorIndex kGuests{0};
constexpr chat::DoorIndex kOperators{1};
constexpr chat::DoorIndex kMembers{2};

wire::InviteToken draw_token(std::random_device& device) {
  wire::InviteToken token;
  std::uniform_int_distribution<unsigned> any_byte(0, 255);
  for (std::uint8_t& byte : token.bytes) byte = static_cast<std::uint8_t>(any_byte(device));
  return token;
}

/// The file of what is kept, in a folder that is there; while whoever started it may still make
/// one.
Result<std::filesystem::path> prepare_store(const ServeOptions& options) {
  if (options.memory) return {};
  auto store = store_path(options.data);
  if (!store) return store;
  const auto owner = ::geteuid() == 0 ? ordinary_account() : std::nullopt;
  const auto prepared = prepare_data_folder(store->parent_path(), owner);
  if (!prepared) return fail(prepared.error());
  return store;
}

/// Where the server's own key is; nowhere, if nothing is kept and no folder was named.
std::filesystem::path key_folder(const ServeOptions& options, const std::filesystem::path& store) {
  if (options.memory) return options.data;
  const std::filesystem::path folder = reachable(store).parent_path();
  return folder.empty() ? "." : folder;
}

/// The one that the service manager has bound, before any of our own.
Result<std::unique_ptr<net::UdpSocket>> socket_at(const Address& address, spdlog::logger& log) {
  const auto passed = take_passed_sockets();
  if (!passed) return fail(passed.error());
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

  const auto address = Address::parse(options.bind, options.port);
  if (!address) return fail(address.error());
  auto socket = socket_at(*address, *log);
  if (!socket) return fail(socket.error());
  const auto control = open_control(options.control, *log);
  const auto store = prepare_store(options);
  if (!store) return fail(store.error());
  const net::UdpSocket& bound = **socket;
  if (auto given_up = give_up_privileges(*log); !given_up) return given_up;

  boost::asio::io_context io(1);
  std::random_device device;
  std::uniform_int_distribution<std::uint64_t> any;
  std::function<void()> hear_history = [] {};
  const auto histories = Histories::open(
      options, reachable(*store), [&] { return any(device); },
      [&] { boost::asio::post(io, [&] { hear_history(); }); }, *log);
  if (!histories) return fail(histories.error());
  chat::Hub hub(limits_of(options), keeping_of(options), access_of(options));
  guard::Gate gate(options.guard, secrets_from(device), {bound.local_address().port()});

  std::unique_ptr<MembersDoor> members;
  if (options.members.admitted) {
    auto opened = MembersDoor::open(options, key_folder(options, *store), gate, **socket, kMembers);
    if (!opened) return fail(opened.error());
    members = *std::move(opened);
    (*socket)->set_dont_fragment();
  }
  const Address at = bound.local_address();
  const auto addresses = reachable_at(at);
  server::PlainDoor guests(kGuests, gate, **socket);
  server::OperatorsDoor operators(
      kOperators, gate,
      server::Inviting{.host = addresses.empty() ? "localhost" : addresses.front().ip(),
                       .port = at.port(),
                       .pin = members ? std::optional(members->pin()) : std::nullopt,
                       .access = access_of(options),
                       .draw = [&] { return draw_token(device); },
                       .wall = wall_clock_now});

  // The doors in the order of their indices; the claimants of a datagram in that of the rules.
  std::vector<server::Door*> doors{&guests, &operators};
  std::vector<link::Claimant*> claimants{&guests};
  if (members) {
    doors.push_back(&members->door());
    claimants = {&members->links(), &guests, &members->links().strays()};
  }
  server::House house(hub, (*histories)->history(), doors);
  server::UdpPort port(house, **socket, claimants);
  house.open(std::chrono::steady_clock::now(), options.members.unreadable);

  net::AsioDriver driver(io, port, bound);
  NeighbourWatch neighbours(io, **socket, port, *log);
  ControlService control_service(io, control.get(),
                                 {*log, bound, gate, guests, operators, house, driver});
  Attendant attendant(
      io, {*log, bound, **histories, gate, guests, house, driver, neighbours, control_service});
  hear_history = [&] { attendant.hear_history(); };

  fmt::print("{}", join_hint(at, addresses, members != nullptr));
  std::fflush(stdout);
  log->info("listening on {}, at most {} guests, idle for {} s at most; who may enter: {}",
            at.label(), options.max_guests, options.idle.count(),
            guests_word(options.guard.guests));
  log->info("{}", options.memory ? "nothing is kept" : "rooms are kept in " + store->string());
  if (members) log->info("members know this server by its pin, {}", to_text(members->pin()));
  if (!tell_ready(fmt::format("Listening on {}", at.label()))) {
    log->warn("the service manager cannot be told that palabre is ready; see NOTIFY_SOCKET");
  }
  io.run();
  if (auto failure = (*histories)->failure()) return Unexpected<Error>(*std::move(failure));
  return {};
}

}  // namespace palabre::app
