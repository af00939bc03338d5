#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/bucket.h"
#include "chat/command.h"
#include "chat/effect.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "guard/gate.h"
#include "link/datagram_socket.h"
#include "server/doors/plain/feed.h"

namespace palabre::server {

/// The transport of guests: plain text, one datagram a message, anybody's netcat at the other end.
/// It knows which address is which session, and what each room's readers have been sent. It decides
/// nothing: the gate says who may speak, what it reads goes to the hub, what the hub has decided
/// comes back through `carry_out`.
class PlainTransport {
 public:
  struct Counts {
    std::uint64_t notices_dropped = 0;  ///< for want of room in the queue, see `kMostNotices`
    std::uint64_t challenges = 0;
  };

  /// Strangers that are refused in words: so many a second, over all of them.
  static constexpr double kRefusalsPerSecond = 10;

  /// Borrows the gate, which outlives it.
  PlainTransport(guard::Gate& gate, const Feed::Sizes& feed_sizes)
      : gate_(gate), feed_sizes_(feed_sizes) {}

  /// Notices that wait while the socket has no room. Beyond it the newest are dropped and counted:
  /// they are answers to people who go on asking. Messages wait in no queue, see `Feed`, but for
  /// what is due to somebody who leaves a room: beyond half of this it is told as a gap instead.
  static constexpr std::size_t kMostNotices = 4096;

  /// What answers all that it hears with something that has to be refused is a machine, and would
  /// go on for ever: after so many refusals it is told of no more, until it says something that is
  /// right.
  static constexpr std::size_t kMostRefusalsInARow = 8;
  /// A person it may be after all, whose words are refused for long, say by a full disk: it is told
  /// so once in a while.
  static constexpr Duration kRefusedAgainEvery = std::chrono::minutes(1);

  /// What one datagram asks for.
  struct Incoming {
    chat::SessionId session;
    std::optional<std::string> arrives_from;  ///< set where the session is new: its address
    std::optional<chat::SessionId> evicts;    ///< whose place it is given
    std::vector<chat::Request> requests;      ///< none: a sign of life
    /// What is not text is carried on as well as it can be, and never answered.
    bool is_text = true;
  };

  /// Whether somebody is online from there.
  bool knows(const Address& peer) const { return session_by_address_.contains(peer); }

  /// Somebody unknown sent what is no text, and what nobody else knows either.
  void count_stray() { gate_.count(guard::Cause::kNotText); }

  /// Reads a datagram, if the gate lets it pass; nothing where that is all. A new session exists
  /// from here on until the hub says that it is `Gone`.
  std::optional<Incoming> read(const link::Inbound& inbound, Instant now);

  /// While this is set, what the session is told is dropped and counted.
  void hush(std::optional<chat::SessionId> session) { hushed_ = session; }

  // The effects that concern readers; `end` is where the log of the room ends.
  void carry_out(const chat::OpenRoom& effect, chat::Cursor end);
  void carry_out(const chat::CloseRoom& effect);
  void carry_out(const chat::StartReading& effect);
  void carry_out(const chat::StopReading& effect);
  void carry_out(const chat::RereadRoom& effect);
  void carry_out(const chat::SetNumbered& effect);
  void carry_out(const chat::RoomAdvanced& effect);
  void carry_out(const chat::Tell& effect);
  void carry_out(const chat::Gone& effect);

  /// Sends what is due, notices first. False: the socket has no room, call again once it has.
  bool flush(link::DatagramSocket& socket, Instant now);
  /// What readers of the past wait for since the last `flush`: each is to be read from the history,
  /// and to be handed to `take`.
  struct Read {
    chat::RoomId room;
    chat::Number after;
    std::size_t most_bytes;
  };
  std::vector<Read> take_reads() { return std::exchange(reads_, {}); }
  void take(const chat::Slice& slice);
  /// When more of the past is due to somebody: a moment at which to `flush`.
  std::optional<Instant> next_deadline() const;
  /// Whether so many notices wait that a flush is due before more are made: thousands of goodbyes
  /// must not overflow the queue while the socket has room.
  bool should_flush() const { return notices_.size() >= kMostNotices / 2; }

  const Counts& counts() const { return counts_; }

 private:
  struct Session {
    link::Path path;
    std::optional<chat::RoomId> reads = {};
    bool numbered = false;
    std::size_t refused_in_a_row = 0;
    Instant refused_again_at = {};
  };
  struct Notice {
    link::Path path;
    std::string bytes;
  };

  std::optional<Incoming> read_guest(chat::SessionId session, const link::Inbound& inbound,
                                     Instant now);
  std::optional<Incoming> read_stranger(const link::Inbound& inbound, Instant now);
  std::optional<Incoming> enrol(const guard::Gate::Enrol& enrol, const link::Inbound& inbound,
                                Instant now);
  /// Leaves out what is beyond the guest's pace, and from a muted one what others would hear.
  void hold_back(Incoming& incoming, bool muted, Instant now);
  void follow(chat::SessionId session, const link::Path& path);
  void enqueue(const link::Path& path, std::string bytes);
  bool flush_notices(link::DatagramSocket& socket);
  bool flush_feeds(link::DatagramSocket& socket, Instant now);
  void has_something(chat::RoomId room);
  void start_bursts(Instant now);

  guard::Gate& gate_;
  Bucket refusals_{kRefusalsPerSecond, kRefusalsPerSecond};
  std::optional<chat::SessionId> hushed_;
  std::unordered_map<Address, chat::SessionId> session_by_address_;
  std::unordered_map<chat::SessionId, Session> sessions_;
  std::unordered_map<chat::RoomId, Feed> feeds_;
  Feed::Sizes feed_sizes_;
  std::vector<chat::RoomId> advanced_;  // rooms in which something is due, each once, in turn
  std::unordered_map<chat::RoomId, Instant> bursts_;  // of the past, when the next is due
  std::vector<Read> reads_;
  std::deque<Notice> notices_;
  chat::SessionId last_session_;
  Counts counts_;
};

}  // namespace palabre::server
