#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "link/link.h"
#include "link/pipe.h"
#include "random.h"

namespace palabre::sim {

/// The properties of links, chosen by a seed.
struct Pipework {
  Duration delay{};             ///< the most delay of a piece of bytes
  std::size_t window = 65'536;  ///< bytes in flight in one direction
  Duration idle{};              ///< time until an end notices that its link was cut
};

/// The parts of the world that a pipe uses.
struct PipeWorld {
  Random& random;
  std::function<Instant()> now;
  std::function<void(Duration, std::function<void()>)> after;
  /// Lets the server process what it was told: it may answer.
  std::function<void()> follow_server;
};

/// A pipe over a simulated network: bytes arrive in pieces, delayed, until it is cut. After a cut
/// neither end hears the other, and each notices only after `Pipework::idle`.
class Conduit : public std::enable_shared_from_this<Conduit> {
 public:
  using Side = link::Pipe::Side;

  /// `peer`: the client's address.
  Conduit(PipeWorld world, const Pipework& work, link::LinkUser& server, link::LinkUser& client,
          const Address& peer);

  /// Opens both ends, the server's a moment later.
  void open();
  void cut();
  /// The end's user is destroyed: it is not called any more.
  void forget_server() { pipe_.connect(Side::kServer, nullptr); }
  void forget_client() { pipe_.connect(Side::kClient, nullptr); }
  bool is_over() const {
    return !pipe_.is_connected(Side::kServer) && !pipe_.is_connected(Side::kClient);
  }

 private:
  void open(Side side);
  void move(Side from);
  void carry(Side from);
  bool& is_moving(Side from) { return is_moving_[static_cast<std::size_t>(from)]; }

  PipeWorld world_;
  Pipework work_;
  link::Pipe pipe_;
  std::array<bool, 2> is_moving_{};  // a piece is in flight
  bool cut_ = false;
};

/// All pipes of one server.
class Pipes {
 public:
  Pipes(PipeWorld world, const Pipework& work, link::LinkUser& server)
      : world_(std::move(world)), work_(work), server_(server) {}
  /// The server is gone.
  ~Pipes();
  Pipes(const Pipes&) = delete;
  Pipes& operator=(const Pipes&) = delete;

  std::shared_ptr<Conduit> dial(link::LinkUser& client, const Address& from);

 private:
  /// Pipes that are open at one end at least.
  std::size_t count();

  PipeWorld world_;
  Pipework work_;
  link::LinkUser& server_;
  std::vector<std::shared_ptr<Conduit>> pipes_;
  std::size_t sweep_at_ = 16;  // pipes that are over are forgotten at this number
};

}  // namespace palabre::sim
