#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "chat/command.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "link/datagram_socket.h"
#include "server/room_tail.h"

namespace palabre::server {

/// The form of plain text lines, see docs/protocol.md. A static object.
const LineForm& plain_form();

/// One room for its guests: the tail of its log, each line encoded once, and a cursor per reader.
/// Memory per reader is constant, however far the reader is behind.
///
/// Several lines due to one reader share datagrams. A reader is not sent its own messages live; it
/// is sent the answer, if there is one. A replayed line, or a line from the history, begins with
/// its number. A replay includes the reader's own messages. The tail is bounded: a reader whose
/// cursor is before the tail is served from the history, one slice at a time. Messages that the
/// history cannot give are reported to the reader as a gap.
///
/// Replays and backlogs are sent in bursts of `past_burst_bytes` with pauses of `past_pause`: plain
/// text has no backpressure, and a netcat's buffer holds little more than one burst. Nor does plain
/// text show whether somebody still listens, so a request replays at most `past_bytes` of messages
/// that the reader had already; then the reader must ask again. A reader that fell behind live is
/// sent all of its backlog without asking.
class Feed {
 public:
  struct Sizes {
    /// Limit of the tail while a reader still needs it.
    std::size_t tail_bytes = std::size_t{256} << 10;
    /// Limit of the tail when all readers have everything. Lines kept here can be sent again
    /// without the history.
    std::size_t rest_bytes = 0;
    std::size_t batch = 256;  ///< datagrams per call of the socket
    std::size_t past_burst_bytes = std::size_t{16} << 10;
    Duration past_pause = std::chrono::milliseconds(50);
    std::size_t past_bytes = std::size_t{256} << 10;  ///< replayed for one request
  };

  /// `end` is the current end of the room's log. Borrows the form, which must outlive the feed.
  Feed(chat::Number end, const Sizes& sizes, const LineForm& form = plain_form())
      : sizes_(sizes), room_(end, form), delivered_(end) {}

  /// Appends the next message; requires the number after the last. The author is sent `answer`
  /// instead of the message; an empty answer: nothing.
  void push(const chat::RoomAdvanced& advanced, std::string answer = {});
  /// Takes the history's answer to `next_read`.
  void take(const chat::Slice& slice) { room_.take(slice); }
  /// The messages were removed.
  void redact(const std::vector<chat::Number>& numbers) { room_.redact(numbers); }

  /// The session reads from the next message on. Requires that it is not a reader yet.
  void add_reader(chat::SessionId session, const link::Path& path, bool numbered);
  /// The path of its datagrams from now on. Requires that the session is a reader.
  void set_path(chat::SessionId session, const link::Path& path) { reader(session).path = path; }
  /// Whether live lines of others begin with their numbers. Requires that the session is a reader.
  void set_numbered(chat::SessionId session, bool numbered) { reader(session).numbered = numbered; }
  /// Starts a replay as `what` asks, in place of the one that is under way. The cursor never passes
  /// a message that the reader was never sent. Returns the first and the last number that follow;
  /// the last is the end of the log, so the range may include messages never sent before. Last
  /// before first: none. Requires that the session is a reader.
  std::pair<chat::Number, chat::Number> reread(chat::SessionId session, const chat::ReadPast& what);
  /// The messages `from` to `to` still due to a reader that leaves, as datagrams; none due: `from`
  /// is after `to`. The reader's own messages are replaced by their answers. A replay under way is
  /// given up. Nothing is read from the history: if messages have been evicted from the tail, the
  /// first datagram is a gap notice.
  struct Due {
    struct Datagram {
      chat::Number from;
      chat::Number to;
      std::string bytes;
    };
    chat::Number from;
    chat::Number to;
    std::vector<Datagram> datagrams;
  };
  /// Requires that the session is a reader.
  Due remove_reader(chat::SessionId session);

  /// Sends all readers what is due. False: the socket has no room; call again once it has.
  bool deliver(link::DatagramSocket& socket, Instant now);

  /// Call it after `deliver`. Returns the cursor at which the next slice must begin, and marks the
  /// read as requested until `take`. Nothing: no reader needs the history, or a slice is awaited.
  std::optional<chat::Number> next_read();
  /// Call it after `deliver`. When the next burst is due; nothing: none is.
  std::optional<Instant> next_burst() const { return next_burst_; }

  std::size_t readers() const { return readers_.size(); }
  /// The sessions that read, in no order that means anything.
  std::vector<chat::SessionId> sessions() const;
  chat::Number end() const { return room_.end(); }

 private:
  struct Reader {
    chat::SessionId session;
    link::Path path;
    chat::Number cursor;
    bool numbered = false;
    chat::Number past_until;  ///< the end of its replay
    chat::Number had;         ///< highest number it was sent before the replay
    Instant next_burst;
    std::size_t past_left = 0;  ///< bytes of messages up to `had` until it must ask again
  };
  /// A datagram of whole lines, as iovecs into `Lines`.
  struct Chunk {
    std::vector<iovec> parts;
    chat::Number up_to;
  };
  using Chunks = std::vector<Chunk>;
  /// A datagram being sent, and its reader's cursor after it.
  struct Sending {
    std::size_t reader;
    chat::Number up_to;
  };
  struct Delivery;

  Reader& reader(chat::SessionId session) { return readers_[index_.at(session)]; }
  /// Whether the reader is behind the live readers, or in a replay: then it is served in bursts.
  bool reads_past(const Reader& reader) const;
  static Chunks cut(const Lines& lines, const Reader& reader, std::size_t most_bytes);
  std::vector<chat::SessionId> authors_not_delivered() const;
  bool deliver_to(std::size_t index, Delivery& delivery);
  const Chunks& live_chunks(const Reader& reader, Delivery& delivery) const;
  /// Null: nothing at the moment. See `next_burst` and `next_read`.
  const Chunks* past_chunks(std::size_t index, Delivery& delivery);
  /// The notice that the reader must ask again. It moves the cursor to `Reader::had`.
  const Chunks* until_asked_again(Reader& reader, Delivery& delivery);
  void expect_burst(Instant when);
  bool flush(Delivery& delivery);

  Sizes sizes_;
  RoomTail room_;
  chat::Number delivered_;  ///< live readers have everything up to here
  struct Want {
    chat::Number after;
    std::size_t reader;
  };
  std::optional<Want> wants_past_;
  std::size_t turn_ = 0;  // the reader served first; it moves on, so that none starves
  std::optional<Instant> next_burst_;
  std::vector<Reader> readers_;
  std::unordered_map<chat::SessionId, std::size_t> index_;  // into readers_
  std::size_t resume_at_ = 0;  // the reader at which the socket had no room
};

}  // namespace palabre::server
