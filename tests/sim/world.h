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
#include "server/doors/plain/plain_door.h"
#include "server/house.h"
#include "server/udp_port.h"

namespace palabre::sim {

/// What the network does to a datagram, in percent.
struct Impairment {
  std::uint64_t loss = 0;
  std::uint64_t duplication = 0;
  /// Most delay; two datagrams may overtake each other within it.
  Duration delay{};
  /// How often the server's socket has no room for what it is given, and how much it is given at
  /// once.
  std::uint64_t blocking = 0;
  std::size_t batch = 256;
  /// How long it then has none, at most; if 0, it may have some at the next try.
  Duration blocked{};
};

/// What a history is given of the world.
struct Outside {
  Random& random;
  /// Calls `what` after `delay`, unless the server has crashed by then.
  std::function<void(Duration, std::function<void()>)> later;
  /// In a moment the server asks for verdicts and slices.
  std::function<void()> wake;
  /// Writes a line into the trace.
  std::function<void(std::string_view)> note;
};

/// What becomes of what is said, on this server.
struct Rooms {
  /// Called for each start of the server; without it, nothing is kept.
  std::function<std::unique_ptr<chat::History>(const Outside&)> open_history;
  chat::Keeping keeping;
  server::Feed::Sizes sizes;             ///< but for the batch, which is `Impairment`'s
  std::optional<Pipework> members = {};  ///< they may come, over these
  server::MemberFeed::Sizes member_sizes = {};
};

/// A whole server, its network, its clock and its disk in one thread, from one seed. Time is a
/// number that jumps to the next thing that happens; a day costs nothing. Whatever crosses the
/// server's socket is written to the trace, which is the same, byte for byte, for the same seed.
class World {
 public:
  World(std::uint64_t seed, const chat::Limits& limits, const Impairment& impairment,
        const guard::Policy& policy = open_to_all(), Rooms rooms = {});

  /// A guard that trusts everybody and holds nobody to a pace.
  static guard::Policy open_to_all();

  /// Calls `what` after `delay`, in the order of time, then of calling.
  void after(Duration delay, std::function<void()> what);

  /// A guest sends a datagram; the network decides what becomes of it.
  void send_to_server(const Address& from, std::string bytes);
  /// A datagram is on its way: calls `arrive` when it does, never, once or twice.
  void carry(const std::function<void()>& arrive);

  /// Until nothing is left to happen but the server's own deadlines, and those too: who is silent
  /// goes, and bursts of the past come.
  void run();
  void close_server();
  /// The server is no more, with all that it had in memory and in its socket, and starts again
  /// after so long. The network and the guests live on.
  void crash(Duration down);

  /// A member dials. Nothing: the server is down.
  std::shared_ptr<Conduit> dial(link::LinkUser& client) {
    return life_ ? life_->pipes->dial(client) : nullptr;
  }

  Instant now() const { return now_; }
  Random& random() { return random_; }
  const std::string& trace() const { return trace_; }
  std::size_t online() const { return life_ ? life_->hub.online() : 0; }

  /// Called for each datagram that the server has read, then for each that it has sent.
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

    static constexpr std::size_t kBatch = 4;  // small, so that there are many
    World& world_;
    std::vector<std::pair<Address, std::string>> batch_;
    std::vector<link::Inbound> inbound_;
  };

  /// From a start to a crash.
  struct Life {
    Life(World& world, std::unique_ptr<chat::History> opened);

    guard::Gate gate;
    chat::Hub hub;
    std::unique_ptr<chat::History> history;
    server::PlainDoor guests;
    server::FramesDoor members;
    std::unique_ptr<Pipes> pipes;
    server::House house;
    server::UdpPort port;
    bool writable_expected = false;
    bool woken = false;
  };

  void start();
  Outside outside();
  server::FramesDoor::Outside outside_of_members();
  PipeWorld outside_of_pipes();
  /// As `after`, unless the server has crashed by then.
  void in_this_life(Duration delay, std::function<void()> what);
  void wake();
  void arrive(const Address& from, std::string bytes);
  void follow_up();
  void record(const char* what, const Address& peer, const std::string& bytes);
  void note(std::string_view what);

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
  std::unique_ptr<Life> life_;  // nothing while it is down
};

}  // namespace palabre::sim
