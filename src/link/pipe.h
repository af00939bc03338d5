#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/time.h"
#include "link/link.h"

namespace palabre::link {

/// A link in memory with two ends. Bytes sent at one end wait until the owner of the pipe carries
/// them to the other end, when it likes and in pieces of any size. So a test, a simulation or
/// another thread plays the network. It keeps the contract of `Link`: bytes arrive once and in
/// order; an end that does not consume is given at most one window; a close arrives after the bytes
/// sent before it.
///
/// One thread. Users are borrowed: each outlives its end, or disconnects it. Not movable.
class Pipe {
 public:
  enum class Side : std::uint8_t { kServer, kClient };
  static constexpr Side other(Side side) {
    return side == Side::kServer ? Side::kClient : Side::kServer;
  }

  struct Options {
    std::size_t window = std::size_t{64} << 10;  ///< bytes in flight in one direction
    std::optional<Link::Exporter> exporter = Link::Exporter{};
    Address server = {};  ///< address of the server, as the client sees it
    Address client = {};  ///< address of the client, as the server sees it; see `move`
  };

  explicit Pipe(const Options& options);
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  /// Valid as long as the pipe.
  Link& end(Side side) { return ends_[index(side)]; }
  /// From now on `user` receives the events of this end; null: nobody does.
  void connect(Side side, LinkUser* user) { ends_[index(side)].user_ = user; }
  bool is_connected(Side side) const { return ends_[index(side)].user_ != nullptr; }

  /// Completes the handshake for this end.
  void open(Side side, Instant now);
  /// Whether something that `from` has sent can be carried now: the other end is open, and
  /// consumes.
  bool can_carry(Side from) const;
  /// Carries up to `most` bytes that `from` has sent, as far as the other end consumes; once all
  /// bytes have arrived and `from` has closed, both users are told.
  void carry(Side from, std::size_t most, Instant now);
  /// Changes the client's address, and tells the server's user.
  void move(const Address& client, Instant now);
  /// Ends this end for its user: `on_closed` if it was open, and no further callbacks.
  void finish(Side side, const LinkUser::Closed& how, Instant now);

  /// Called when `can_carry` may have become true for this side. May be empty.
  std::function<void(Side)> on_work;

  /// Bytes that `from` has sent and that have not been carried.
  std::size_t on_the_way(Side from) const { return ends_[index(from)].out_.size(); }
  /// Bytes that the user of this end has consumed.
  std::size_t consumed(Side side) const { return ends_[index(side)].consumed_; }
  /// How this end has been closed; empty: it has not.
  const std::optional<LinkUser::Closed>& closing(Side side) const {
    return ends_[index(side)].closing_;
  }
  /// Changes the window for bytes that `from` sends; bytes in flight stay in flight.
  void set_window(Side from, std::size_t window, Instant now);

 private:
  class End final : public Link {
   public:
    void send(Chunk bytes) override;
    std::size_t room() const override;
    void send_unreliably(std::string_view /*it may be lost*/) override {}
    void consumed(std::size_t bytes) override;
    void close(std::uint64_t code, std::string_view why) override;
    std::optional<Exporter> exporter() const override { return pipe_->options_.exporter; }
    Address peer() const override;

   private:
    friend class Pipe;
    /// Whether its user receives events other than `on_closed`.
    bool hears() const { return user_ != nullptr && is_open_ && !closing_; }

    Pipe* pipe_ = nullptr;
    Side side_ = Side::kServer;
    LinkUser* user_ = nullptr;
    std::string out_;         // not carried yet
    std::size_t window_ = 0;  // for the bytes that this end sends
    std::size_t credit_ = 0;  // bytes that the other end still accepts
    std::size_t consumed_ = 0;
    bool is_open_ = false;
    bool was_full_ = false;  // `on_room` is due
    std::optional<LinkUser::Closed> closing_;
  };

  static std::size_t index(Side side) { return static_cast<std::size_t>(side); }
  End& at(Side side) { return ends_[index(side)]; }
  void work(Side from) const;
  void tell_of_room(End& end, Instant now);

  Options options_;
  std::array<End, 2> ends_;
};

}  // namespace palabre::link
