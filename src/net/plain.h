#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "chat/command.h"
#include "chat/effect.h"
#include "chat/ids.h"
#include "net/address.h"
#include "net/datagram_socket.h"
#include "net/feed.h"

namespace palabre::net {

/// The transport of guests: plain text, one datagram a message, anybody's netcat at the other end.
/// It knows which address is which session, and what each room's readers have been sent. It decides
/// nothing: what it reads goes to the hub, what the hub has decided comes back through `carry_out`.
class PlainTransport {
 public:
  struct Counts {
    std::uint64_t strangers_dropped = 0;  ///< first datagrams that were empty or not UTF-8
    std::uint64_t notices_dropped = 0;    ///< for want of room in the queue, see `kMostNotices`
  };

  /// Notices that wait while the socket has no room. Beyond it the newest are dropped and counted:
  /// they are answers to people who go on asking. Messages wait in no queue, see `Feed`, but for
  /// what is due to somebody who leaves a room: beyond half of this it is told as a gap instead.
  static constexpr std::size_t kMostNotices = 4096;

  explicit PlainTransport(const Feed::Sizes& feed_sizes) : feed_sizes_(feed_sizes) {}

  /// What one datagram asks for.
  struct Incoming {
    chat::SessionId session;
    std::optional<std::string> arrives_from;  ///< set where the session is new: its address
    std::vector<chat::Request> requests;      ///< none: a sign of life
  };

  /// Reads a datagram; nothing where it is to be dropped without a word. A new session exists from
  /// here on until the hub says that it is `Gone`.
  std::optional<Incoming> read(const Inbound& inbound);

  // The effects that concern readers; `end` is where the log of the room ends.
  void carry_out(const chat::OpenRoom& effect, chat::Cursor end);
  void carry_out(const chat::CloseRoom& effect);
  void carry_out(const chat::StartReading& effect);
  void carry_out(const chat::StopReading& effect);
  void carry_out(const chat::RoomAdvanced& effect);
  void carry_out(const chat::Tell& effect);
  void carry_out(const chat::Gone& effect);

  /// Sends what is due, notices first. False: the socket has no room, call again once it has.
  bool flush(DatagramSocket& socket);
  /// Whether so many notices wait that a flush is due before more are made: thousands of goodbyes
  /// must not overflow the queue while the socket has room.
  bool should_flush() const { return notices_.size() >= kMostNotices / 2; }

  const Counts& counts() const { return counts_; }

 private:
  struct Session {
    Path path;
    std::optional<chat::RoomId> reads;
  };
  struct Notice {
    Path path;
    std::string bytes;
  };

  chat::SessionId session_of(const Path& path);
  void enqueue(const Path& path, std::string bytes);
  bool flush_notices(DatagramSocket& socket);

  std::unordered_map<Address, chat::SessionId> session_by_address_;
  std::unordered_map<chat::SessionId, Session> sessions_;
  std::unordered_map<chat::RoomId, Feed> feeds_;
  Feed::Sizes feed_sizes_;
  std::vector<chat::RoomId> advanced_;  // rooms in which something is due, each once, in turn
  std::deque<Notice> notices_;
  chat::SessionId last_session_;
  Counts counts_;
};

}  // namespace palabre::net
