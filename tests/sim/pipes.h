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

/// How links are. A seed says it.
struct Pipework {
  Duration delay{};             ///< of a piece of bytes, at most
  std::size_t window = 65'536;  ///< bytes on the way in one direction
  Duration idle{};              ///< after which an end hears that its link was cut
};

/// What a pipe needs of the world.
struct PipeWorld {
  Random& random;
  std::function<Instant()> now;
  std::function<void(Duration, std::function<void()>)> after;
  /// The server has been told something: it may want to answer.
  std::function<void()> follow_server;
};

/// A pipe with a network in it: bytes come in pieces, in their time, until it is cut. Then neither
/// end hears anything more of the other, and finds out much later.
class Conduit : public std::enable_shared_from_this<Conduit> {
 public:
  using Side = link::Pipe::Side;

  Conduit(PipeWorld world, const Pipework& work, link::LinkUser& server, link::LinkUser& client);

  /// Both ends open, the server's a moment later.
  void open();
  void cut();
  /// The end's user is no more: it is told nothing.
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
  std::array<bool, 2> is_moving_{};  // a piece is on its way
  bool cut_ = false;
};

/// All the pipes of one server.
class Pipes {
 public:
  Pipes(PipeWorld world, const Pipework& work, link::LinkUser& server)
      : world_(std::move(world)), work_(work), server_(server) {}
  /// The server is no more.
  ~Pipes();
  Pipes(const Pipes&) = delete;
  Pipes& operator=(const Pipes&) = delete;

  std::shared_ptr<Conduit> dial(link::LinkUser& client);

 private:
  PipeWorld world_;
  Pipework work_;
  link::LinkUser& server_;
  std::vector<std::shared_ptr<Conduit>> pipes_;
};

}  // namespace palabre::sim
