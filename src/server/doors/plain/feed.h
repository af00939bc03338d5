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

/// One room for its guests: the tail of its log, each line encoded once, and a cursor per reader. A
/// reader costs a path and a cursor, however far behind it is.
///
/// Several lines due to one reader share datagrams. A reader is not sent its own lines; if it wants
/// answers, they are sent in their place. The tail is bounded: a reader whose cursor is before it
/// is served from the history, one slice at a time. Messages that the history cannot give are
/// reported to the reader as a gap. A line from the history, or one that is sent again, has its
/// number; then a reader's own lines are included.
///
/// The past is sent in bursts with pauses: plain text has no backpressure, and a netcat's buffer
/// holds little more than one burst. Nor can plain text tell whether somebody still listens: after
/// `past_bytes` the reader must ask again.
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
    std::size_t past_bytes = std::size_t{256} << 10;  ///< sent again for one request
  };

  /// `end` is the current end of the room's log. Borrows the form, which outlives it.
  Feed(chat::Number end, const Sizes& sizes, const LineForm& form = plain_form())
      : sizes_(sizes), room_(end, form), delivered_(end) {}

  /// Appends the next message; requires the number after the last. `answer` is sent to the author
  /// in its place, if not empty.
  void push(const chat::RoomAdvanced& advanced, std::string answer = {});
  /// Takes the history's answer to `next_read`.
  void take(const chat::Slice& slice) { room_.take(slice); }

  /// The session reads from the next message on. Requires that it is not a reader yet.
  void add_reader(chat::SessionId session, const link::Path& path, bool numbered);
  // These require that the session is a reader.
  /// The path of its datagrams from now on.
  void set_path(chat::SessionId session, const link::Path& path) { reader(session).path = path; }
  /// Whether its lines begin with their numbers.
  void set_numbered(chat::SessionId session, bool numbered) { reader(session).numbered = numbered; }
  /// Moves its cursor back. Returns the first and the last number that are sent again; the last is
  /// less than the first if there is nothing.
  std::pair<chat::Number, chat::Number> reread(chat::SessionId session, const chat::ReadPast& what);
  /// The lines still due to a reader that leaves, `from` to `to`, without its own, as datagrams.
  /// The past that it asked for is not included.
  struct Due {
    chat::Number from;
    chat::Number to;
    std::vector<std::string> datagrams;
  };
  Due remove_reader(chat::SessionId session);

  /// Sends all readers what is due. False: the socket has no room; call again once it has.
  bool deliver(link::DatagramSocket& socket, Instant now);

  /// After `deliver`: after which number to read in the history, for a reader whose cursor is
  /// before the tail. Nothing while a slice is awaited; `take` ends the wait.
  std::optional<chat::Number> next_read();
  /// After `deliver`: when the next burst of the past is due. Nothing: none is due.
  std::optional<Instant> next_burst() const { return next_burst_; }

  std::size_t readers() const { return readers_.size(); }
  chat::Number end() const { return room_.end(); }

 private:
  struct Reader {
    chat::SessionId session;
    link::Path path;
    chat::Number cursor;
    bool numbered = false;
    chat::Number past_until;  ///< up to here it reads again, with its own lines
    chat::Number had;         ///< highest number it was sent before it read again
    Instant next_burst;
    std::size_t past_left = 0;  ///< bytes until it must ask again
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
  /// Whether the reader is behind the live readers, or reads again: then it is served in bursts.
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
