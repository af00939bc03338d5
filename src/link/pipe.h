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

/// A link in memory: two ends, and what is sent at one of them lies there until somebody carries it
/// to the other, at the moment and in the pieces of that one's choice. So a test, a simulation or
/// another thread is the network. It keeps the contract of `Link`: bytes come once and in order; an
/// end that is not read from is given no more than a window; a close arrives after what was sent
/// before it.
///
/// One thread. A user is borrowed, and outlives its end or disconnects it. Stays where it is.
class Pipe {
 public:
  enum class Side : std::uint8_t { kServer, kClient };
  static constexpr Side other(Side side) {
    return side == Side::kServer ? Side::kClient : Side::kServer;
  }

  struct Options {
    std::size_t window = std::size_t{64} << 10;  ///< bytes on the way in one direction
    std::optional<Link::Exporter> exporter = Link::Exporter{};
    Address server = {};  ///< as the client sees it
    Address client = {};  ///< as the server sees it; see `move`
  };

  explicit Pipe(const Options& options);
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  /// Lives as long as the pipe.
  Link& end(Side side) { return ends_[index(side)]; }
  /// From now on this user is told what becomes of the end; null: nobody is.
  void connect(Side side, LinkUser* user) { ends_[index(side)].user_ = user; }
  bool is_connected(Side side) const { return ends_[index(side)].user_ != nullptr; }

  /// The handshake is complete for this end.
  void open(Side side, Instant now);
  /// Whether anything that `from` has sent can be carried now: the other end is open, and reads.
  bool can_carry(Side from) const;
  /// Carries so many of the bytes that `from` has sent, as far as the other end reads; once all
  /// have arrived and `from` has closed, both ends are told.
  void carry(Side from, std::size_t most, Instant now);
  /// The client is elsewhere; the server's user is told.
  void move(const Address& client, Instant now);
  /// The end is over for its user, who is told how, if it was open, and nothing more.
  void finish(Side side, const LinkUser::Closed& how, Instant now);

  /// Called when `can_carry` may have become true of this side. May be empty.
  std::function<void(Side)> on_work;

  /// Bytes that `from` has sent and that are not carried yet.
  std::size_t on_the_way(Side from) const { return ends_[index(from)].out_.size(); }
  /// Bytes that this end has been told of and has dealt with.
  std::size_t consumed(Side side) const { return ends_[index(side)].consumed_; }
  /// What this end has closed with, if it has.
  const std::optional<LinkUser::Closed>& closing(Side side) const {
    return ends_[index(side)].closing_;
  }
  /// Another window for what `from` sends; what is on the way already stays there.
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
    /// Whether its user is told of what comes; of the end it is in any case.
    bool hears() const { return user_ != nullptr && is_open_ && !closing_; }

    Pipe* pipe_ = nullptr;
    Side side_ = Side::kServer;
    LinkUser* user_ = nullptr;
    std::string out_;         // not carried yet
    std::size_t window_ = 0;  // of what it sends
    std::size_t credit_ = 0;  // that the other end still gives
    std::size_t consumed_ = 0;
    bool is_open_ = false;
    bool was_full_ = false;  // and `on_room` is due
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
