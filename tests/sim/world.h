#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/history.h"
#include "chat/hub.h"
#include "chat/ids.h"
#include "chat/keeping.h"
#include "chat/limits.h"
#include "guard/gate.h"
#include "link/datagram_socket.h"
#include "pipes.h"
#include "random.h"
#include "server/doors/frames/frames_door.h"
#include "server/doors/operators/operators_door.h"
#include "server/doors/plain/plain_door.h"
#include "server/house.h"
#include "server/udp_port.h"

namespace palabre::sim {

/// The faults of the network. Chances are in percent.
struct Impairment {
  std::uint64_t loss = 0;
  std::uint64_t duplication = 0;
  /// The most delay; two datagrams may be reordered within it.
  Duration delay{};
  /// How often the server's socket has no room, and the most datagrams that it accepts per call.
  std::uint64_t blocking = 0;
  std::size_t batch = 256;
  /// The most time without room; 0: it may have room at the next try.
  Duration blocked{};
};

/// The parts of the world that a history uses.
struct Outside {
  Random& random;
  /// Calls `what` after `delay`, unless the server has crashed by then.
  std::function<void(Duration, std::function<void()>)> later;
  /// Makes the server take verdicts and slices soon.
  std::function<void()> wake;
  /// Writes a line into the trace.
  std::function<void(std::string_view)> note;
};

/// How this server stores rooms, and whether it admits members.
struct Rooms {
  /// Called at each start of the server; empty: nothing is stored. Null: it cannot start now, and
  /// is started again a second later.
  std::function<std::unique_ptr<chat::History>(const Outside&)> open_history;
  chat::Keeping keeping;
  server::Feed::Sizes sizes;             ///< except the batch, which is `Impairment`'s
  std::optional<Pipework> members = {};  ///< members are admitted, over these links
  server::MemberFeed::Sizes member_sizes = {};
  /// Called at each start, after `open_history`. Empty: all rooms are open to everybody.
  std::function<chat::Access()> access = {};
  std::function<WallTime()> wall = [] { return WallTime{}; };
  bool traced = true;  ///< false: `World::trace` stays empty
};

/// A whole server, its network, its clock and its disk in one thread, from one seed. Time is a
/// number that jumps to the next event; a day costs nothing. All traffic of the server's socket is
/// written to the trace, which is the same, byte for byte, for the same seed.
class World {
 public:
  World(std::uint64_t seed, const chat::Limits& limits, const Impairment& impairment,
        const guard::Policy& policy = open_to_all(), Rooms rooms = {});

  /// A policy that trusts everybody, without rate limits.
  static guard::Policy open_to_all();

  /// Calls `what` after `delay`. Calls run in order of time, then of registration.
  void after(Duration delay, std::function<void()> what);

  /// Sends a datagram from a guest; the network decides what becomes of it.
  void send_to_server(const Address& from, std::string bytes);
  /// Puts a datagram on its way: `arrive` is called when it arrives: never, once or twice.
  void carry(const std::function<void()>& arrive);

  /// Runs until no event is left, the server's own deadlines included: silent guests go, and bursts
  /// of the past are sent.
  void run();
  void close_server();
  /// Crashes the server, with everything in its memory and its socket, and restarts it after
  /// `down`. The network and the guests live on.
  void crash(Duration down);

  /// The same, until this moment at most.
  void run_until(Instant end);

  /// Dials for a member. Null: the server is down.
  std::shared_ptr<Conduit> dial(link::LinkUser& client,
                                const Address& from = *Address::parse("10.0.0.9", 4000)) {
    return life_ ? life_->pipes->dial(client, from) : nullptr;
  }
  /// An operator asks; `done` may be called at once, later, or, if the server ends before, never.
  /// Nothing happens while the server is down.
  void operate(
      const server::ControlRequest& request,
      server::OperatorsDoor::Done done = [](const server::ControlAnswer&) {});

  Instant now() const { return now_; }
  Random& random() { return random_; }
  const std::string& trace() const { return trace_; }
  std::size_t online() const { return life_ ? life_->hub.online() : 0; }
  bool is_up() const { return life_ != nullptr; }
  /// Whether it is up, and knows its members and decisions.
  bool is_ready() const { return is_up() && life_->house.registry_log().is_ready(); }
  /// Starts of the server so far that succeeded.
  std::uint64_t lives() const { return lives_; }
  /// Requires `is_up`.
  const chat::Hub& hub() const { return life_->hub; }
  /// Writes a line into the trace.
  void note(std::string_view what);

  /// Called for each datagram that the server has read, or has sent.
  std::function<void(const Address& from, const std::string& bytes)> on_read;
  std::function<void(const Address& to, const std::string& bytes)> on_sent;

 private:
  class Socket final : public link::DatagramSocket {
   public:
    explicit Socket(World& world) : world_(world) {}
    std::span<const link::Inbound> receive() override;
    std::size_t send(std::span<const link::Outbound> datagrams) override;

    std::deque<std::pair<Address, std::string>> inbox;
    Instant blocked_until;

   private:
    void block();

    static constexpr std::size_t kBatch = 4;  // small, so that there are many batches
    World& world_;
    std::vector<std::pair<Address, std::string>> batch_;
    std::vector<link::Inbound> inbound_;
  };

  /// One life of the server, from a start to a crash.
  struct Life {
    Life(World& world, std::unique_ptr<chat::History> opened);

    guard::Gate gate;
    chat::Hub hub;
    std::unique_ptr<chat::History> history;
    server::PlainDoor guests;
    server::FramesDoor members;
    server::OperatorsDoor operators;
    std::unique_ptr<Pipes> pipes;
    server::House house;
    server::UdpPort port;
    bool writable_expected = false;
    bool woken = false;
  };

  void start();
  chat::Access access() const;
  server::Inviting inviting();
  Outside outside();
  server::FramesDoor::Outside outside_of_members();
  PipeWorld outside_of_pipes();
  /// Like `after`, unless the server has crashed by then.
  void in_this_life(Duration delay, std::function<void()> what);
  void wake();
  void arrive(const Address& from, std::string bytes);
  void follow_up();
  void record(const char* what, const Address& peer, const std::string& bytes);
  bool step(Instant end);
  server::FramesDoor::Entry entry_of(const link::Link& link, Instant now);

  Random random_;
  const chat::Limits limits_;
  const Impairment impairment_;
  const guard::Policy policy_;
  Rooms rooms_;
  Instant now_{};
  std::uint64_t sequence_ = 0;
  std::map<std::pair<Instant, std::uint64_t>, std::function<void()>> agenda_;
  std::string trace_;
  Socket socket_;
  std::uint64_t lives_ = 0;
  std::uint64_t starts_ = 0;    // the ones that failed included
  std::unique_ptr<Life> life_;  // null while the server is down
};

}  // namespace palabre::sim
