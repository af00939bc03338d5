#include "app/serve/serve.h"

#include <fmt/format.h>
#include <sodium/randombytes.h>
#include <spdlog/logger.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <csignal>
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
#include "app/output.h"
#include "app/serve/histories.h"
#include "app/serve/join_hint.h"
#include "app/serve/log.h"
#include "app/serve/members_door.h"
#include "app/serve/server_lifecycle.h"
#include "base/private_file.h"
#include "chat/hub.h"
#include "guard/cloaks.h"
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
  limits.budget_times = options.budget_times;
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

/// The store's file, in a folder that exists or is created here, while the process may still have
/// root's rights to create it and to give it to `owner`.
Result<std::filesystem::path> prepare_store(const ServeOptions& options,
                                            const std::optional<Account>& owner) {
  if (options.memory) return {};
  auto store = store_path(options.data);
  if (!store) return store;
  const auto prepared = prepare_data_folder(store->parent_path(), owner);
  if (!prepared) return fail(prepared.error());
  return store;
}

/// The folder of the server's key; empty where no messages are stored and no folder was named.
std::filesystem::path key_folder(const ServeOptions& options, const std::filesystem::path& store) {
  if (options.memory) return options.data;
  const std::filesystem::path folder = reachable(store).parent_path();
  return folder.empty() ? "." : folder;
}

/// The names of public guests, if they are not their addresses. Their secret is stored, so that a
/// guest has the same name after a restart.
Result<std::optional<guard::Cloaks>> open_cloaks(const ServeOptions& options,
                                                 const std::filesystem::path& folder) {
  if (options.names != guard::Names::kCloak) return std::nullopt;
  const auto draw = [] {
    Secret secret{};
    ::randombytes_buf(secret.data(), secret.size());
    return secret;
  };
  if (folder.empty()) return guard::Cloaks(draw());
  TRY(const Secret secret, load_or_make_secret(folder / kCloaksFileName, draw));
  return guard::Cloaks(secret);
}

/// Null: no members are admitted.
Result<std::unique_ptr<MembersDoor>> open_members(const ServeOptions& options,
                                                  const std::filesystem::path& keys,
                                                  guard::Gate& gate, net::UdpSocket& socket,
                                                  std::function<WallTime()> wall) {
  if (!options.members.admitted) return std::unique_ptr<MembersDoor>();
  TRY(auto members, MembersDoor::open(options, keys, gate, socket, std::move(wall), kMembers));
  socket.set_dont_fragment();
  return members;
}

/// The socket that the service manager has bound, else a new one.
Result<std::unique_ptr<net::UdpSocket>> socket_at(const Address& address, spdlog::logger& log) {
  const auto passed = take_passed_sockets();
  if (!passed) return fail(passed.error());
  if (passed->stream) log.info("the TCP socket that the service manager passed is not used yet");
  if (!passed->udp) return net::UdpSocket::open(address);
  auto socket = net::UdpSocket::adopt(*passed->udp);
  if (socket) log.info("the UDP socket was passed by the service manager, which chose its port");
  return socket;
}

/// Resources that need root's rights, where the server has them; opened before it gives them up.
struct Opened {
  std::unique_ptr<net::UdpSocket> socket;
  std::unique_ptr<ControlSocket> control;  ///< null: no control socket
  std::filesystem::path store;             ///< empty: no messages are stored
};

Result<Opened> open_as_root(const ServeOptions& options, spdlog::logger& log) {
  TRY(const auto account, account_to_become(options.user));
  TRY(const auto address, Address::parse(options.bind, options.port));
  Opened opened;
  TRY(opened.socket, socket_at(address, log));
  opened.control = open_control(options.control, log);
  TRY(opened.store, prepare_store(options, account));
  TRY(give_up_privileges(log, account));
  return opened;
}

/// All ways in, over one UDP port.
struct Doors {
  server::PlainDoor guests;
  server::OperatorsDoor operators;
  std::unique_ptr<MembersDoor> members;  ///< null: none are admitted

  /// In the order of their indices.
  std::vector<server::Door*> all() {
    std::vector<server::Door*> doors{&guests, &operators};
    if (members) doors.push_back(&members->door());
    return doors;
  }
  /// In the order of the rules of the shared port, docs/protocol-members.md.
  std::vector<link::Claimant*> claimants() {
    if (!members) return {&guests};
    return {&members->links(), &guests, &members->links().strays()};
  }
};

/// Reads the registry before any datagram, so that nobody is told that the server is starting.
/// Waits two seconds at most for a slow disk.
void read_registry(boost::asio::io_context& io, const server::House& house) {
  constexpr std::chrono::seconds kMostWait{2};
  const auto latest = std::chrono::steady_clock::now() + kMostWait;
  auto awaited = boost::asio::make_work_guard(io);
  while (!house.registry_log().is_ready() && std::chrono::steady_clock::now() < latest) {
    io.run_one_until(latest);
  }
  awaited.reset();
  io.restart();  // without work it has stopped
}

/// Announces that the server accepts datagrams: on the terminal, in the log, to the service
/// manager.
void announce(const ServeOptions& options, const Opened& opened, const Doors& doors,
              const std::vector<Address>& addresses, spdlog::logger& log) {
  const Address at = opened.socket->local_address();
  // Its own Output, not the one that `main` finishes: an unwritten hint is not an error of the
  // server.
  Output hint;
  hint.print(join_hint(at, addresses, doors.members != nullptr, who_may_enter(options)));
  hint.flush();
  log.info("listening on {}, at most {} guests, idle for {} s at most; who may enter: {}",
           at.label(), options.max_guests, options.idle.count(), who_may_enter(options));
  log.info("{}", options.memory ? "nothing is kept" : "rooms are kept in " + opened.store.string());
  if (doors.members) {
    log.info("members know this server by its pin, {}", to_text(doors.members->pin()));
  }
  if (!tell_ready(fmt::format("Listening on {}", at.label()))) {
    log.warn("the service manager cannot be told that palabre is ready; see NOTIFY_SOCKET");
  }
}

}  // namespace

Result<void> serve(const ServeOptions& options) {
  LogWriter writer(STDERR_FILENO, lost_line);
  const auto log = open_log(writer, options.log_level);
  std::signal(SIGUSR1, SIG_IGN);  // until the lifecycle handles it
  TRY(const Opened opened, open_as_root(options, *log));
  writer.start();
  net::UdpSocket& socket = *opened.socket;
  const Address at = socket.local_address();
  const auto addresses = reachable_at(at);

  boost::asio::io_context io(1);
  std::random_device device;
  std::uniform_int_distribution<std::uint64_t> any;
  std::function<void()> hear_history = [] {};
  TRY(const auto histories, Histories::open(
                                options, reachable(opened.store), [&] { return any(device); },
                                [&] { boost::asio::post(io, [&] { hear_history(); }); }, *log));
  const chat::Access access = access_of(options);
  chat::Access rules = access;
  rules.kept_rooms = histories->kept_rooms();
  chat::Hub hub(limits_of(options), keeping_of(options), std::move(rules));
  guard::Gate gate(options.guard, secrets_from(device), {at.port()});

  const std::filesystem::path keys = key_folder(options, opened.store);
  TRY(auto cloaks, open_cloaks(options, keys));
  TRY(auto members, open_members(options, keys, gate, socket, [&] { return histories->wall(); }));
  server::Inviting inviting{.host = host_for_others(addresses),
                            .port = at.port(),
                            .pin = members ? std::optional(members->pin()) : std::nullopt,
                            .access = access,
                            .draw = [&] { return draw_token(device); },
                            .wall = [&] { return histories->wall(); }};
  Doors doors{.guests{kGuests, gate, socket, {}, std::move(cloaks)},
              .operators{kOperators, gate, std::move(inviting),
                         [&](const chat::Noted& noted) { log->info("{}", log_words(noted)); }},
              .members = std::move(members)};
  server::House house(hub, histories->history(), doors.all(), [&] { return histories->wall(); });
  server::UdpPort port(house, socket, doors.claimants());
  house.open(std::chrono::steady_clock::now(), options.members.unreadable);
  hear_history = [&] { house.on_history(std::chrono::steady_clock::now()); };
  read_registry(io, house);

  net::AsioDriver driver(io, port, socket);
  NeighbourWatch neighbours(io, socket, port, *log);
  const Counted counted{socket, doors.guests, gate,
                        doors.members ? &doors.members->door() : nullptr,
                        doors.members ? &doors.members->links() : nullptr};
  ControlService control_service(io, opened.control.get(),
                                 {*log, counted, doors.operators, house, driver});
  ServerLifecycle lifecycle(
      io, {*log, counted, *histories, gate, house, driver, neighbours, control_service});
  hear_history = [&] { lifecycle.hear_history(); };
  announce(options, opened, doors, addresses, *log);
  io.run();
  if (auto failure = histories->failure()) return fail(*std::move(failure));
  return {};
}

}  // namespace palabre::app
