#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chat/hub.h"
#include "chat/ids.h"
#include "chat/limits.h"
#include "chat/memory_history.h"
#include "guard/gate.h"
#include "net/datagram_socket.h"
#include "net/server.h"
#include "random.h"

namespace palabre::sim {

/// What the network does to a datagram, in percent.
struct Impairment {
  std::uint64_t loss = 0;
  std::uint64_t duplication = 0;
  /// Most delay; two datagrams may overtake each other within it.
  chat::Duration delay{};
  /// How often the server's socket has no room for what it is given, and how much it is given at
  /// once.
  std::uint64_t blocking = 0;
  std::size_t batch = 256;
};

/// A whole server, its network and its clock in one thread, from one seed. Time is a number that
/// jumps to the next thing that happens; a day costs nothing. Whatever crosses the server's socket
/// is written to the trace, which is the same, byte for byte, for the same seed.
class World {
 public:
  World(std::uint64_t seed, const chat::Limits& limits, const Impairment& impairment,
        const guard::Policy& policy = open_to_all());

  /// A guard that trusts everybody and holds nobody to a pace.
  static guard::Policy open_to_all();

  /// Calls `what` after `delay`, in the order of time, then of calling.
  void after(chat::Duration delay, std::function<void()> what);

  /// A guest sends a datagram; the network decides what becomes of it.
  void send_to_server(const net::Address& from, std::string bytes);

  /// Until nothing is left to happen but the server's own deadlines, and those too.
  void run();
  void close_server();

  chat::Instant now() const { return now_; }
  Random& random() { return random_; }
  const std::string& trace() const { return trace_; }
  std::size_t online() const { return hub_.online(); }

  /// Called for each datagram that the server has read, then for each that it has sent.
  std::function<void(const net::Address& from, const std::string& bytes)> on_read;
  std::function<void(const net::Address& to, const std::string& bytes)> on_sent;

 private:
  class Socket final : public net::DatagramSocket {
   public:
    explicit Socket(World& world) : world_(world) {}
    std::span<const net::Inbound> receive() override;
    std::size_t send(std::span<const net::Outbound> datagrams) override;

    std::deque<std::pair<net::Address, std::string>> inbox;

   private:
    static constexpr std::size_t kBatch = 4;  // small, so that there are many
    World& world_;
    std::vector<std::pair<net::Address, std::string>> batch_;
    std::vector<net::Inbound> inbound_;
  };

  void arrive(const net::Address& from, std::string bytes);
  void follow_up();
  void record(const char* what, const net::Address& peer, const std::string& bytes);

  Random random_;
  Impairment impairment_;
  chat::Instant now_{};
  std::uint64_t sequence_ = 0;
  std::map<std::pair<chat::Instant, std::uint64_t>, std::function<void()>> agenda_;
  bool writable_expected_ = false;
  std::string trace_;

  guard::Gate gate_;
  chat::Hub hub_;
  chat::MemoryHistory history_;
  Socket socket_;
  net::Server server_;
};

}  // namespace palabre::sim
