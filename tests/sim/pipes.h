#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/ids.h"
#include "link/link.h"
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

/// A link without datagrams: two ends, and bytes that come in pieces, in order, in their time,
/// until it is cut. Then neither end hears anything more of the other, and finds out much later.
class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  Pipe(PipeWorld world, const Pipework& work, link::LinkUser& server, link::LinkUser& client);

  /// Both ends open, the server's a moment later.
  void open();
  void cut();
  /// The end's user is no more: it is told nothing.
  void forget_server() { ends_[kServer].user = nullptr; }
  void forget_client() { ends_[kClient].user = nullptr; }
  bool is_over() const;

 private:
  static constexpr std::size_t kServer = 0;
  static constexpr std::size_t kClient = 1;

  class End final : public link::Link {
   public:
    void send(link::Chunk bytes) override;
    std::size_t room() const override;
    void send_unreliably(std::string_view /*bytes*/) override {}
    void consumed(std::size_t bytes) override;
    void close(std::uint64_t code, std::string_view why) override;
    const Exporter& exporter() const override { return pipe->exporter_; }
    Address peer() const override;

    Pipe* pipe = nullptr;
    std::size_t side = 0;
    link::LinkUser* user = nullptr;
    std::string out;         ///< not received by the other end yet
    std::size_t credit = 0;  ///< that the other end still gives
    bool is_open = false;
    bool is_moving = false;  ///< a piece is on its way
    bool was_full = false;
    std::optional<link::LinkUser::Closed> closing;
  };

  End& other(const End& end) { return ends_[1 - end.side]; }
  void open(End& end);
  void move(End& end);
  void carry(End& end);
  void tell_closed(End& end, const link::LinkUser::Closed& how, Duration after);

  PipeWorld world_;
  Pipework work_;
  link::Link::Exporter exporter_{};
  std::array<End, 2> ends_;
  bool cut_ = false;
};

/// All the pipes of one server.
class Pipes final : public link::LinkCarrier {
 public:
  Pipes(PipeWorld world, const Pipework& work, link::LinkUser& server)
      : world_(std::move(world)), work_(work), server_(server) {}
  /// The server is no more.
  ~Pipes() override;

  std::shared_ptr<Pipe> dial(link::LinkUser& client);

  // Datagrams are none of its.
  bool owns(std::string_view) const override { return false; }
  void read(const link::Inbound&, Instant) override {}
  bool flush(link::DatagramSocket&, Instant) override { return true; }
  std::optional<Instant> next_deadline() const override { return std::nullopt; }
  void on_deadline(Instant) override {}
  void read_stray(const link::Inbound&, Instant) override {}
  void close_all(std::string_view, Instant) override {}

 private:
  PipeWorld world_;
  Pipework work_;
  link::LinkUser& server_;
  std::vector<std::shared_ptr<Pipe>> pipes_;
};

}  // namespace palabre::sim
