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

/// Lines of plain text, as docs/protocol.md has them. Lives as long as the program.
const LineForm& plain_form();

/// One room as guests read it: the tail of its log, each line encoded once, and each reader's
/// cursor. A reader costs its path and its cursor, however far behind it is.
///
/// When several lines are due to a reader they share datagrams. A reader is not sent its own lines,
/// but answers in their place where it wants some. The tail has an end; a reader whose cursor is
/// before it is served from the history, a slice at a time. What the history cannot give is told to
/// the reader as a gap. What comes from the history, or again, comes with its number, one's own
/// lines included.
///
/// Of the past a reader is sent a burst, then the next after a pause: plain text has no way to say
/// "slower", and the buffer of a netcat holds little more than a burst. Nor does it say that
/// somebody still listens: after `past_bytes` it has to be asked again.
class Feed {
 public:
  struct Sizes {
    /// Of the tail while something in it is due to somebody.
    std::size_t tail_bytes = std::size_t{256} << 10;
    /// Of the tail when everybody has everything: what is asked for again is at hand.
    std::size_t rest_bytes = 0;
    std::size_t batch = 256;  ///< datagrams handed to the socket at once
    std::size_t past_burst_bytes = std::size_t{16} << 10;
    Duration past_pause = std::chrono::milliseconds(50);
    std::size_t past_bytes = std::size_t{256} << 10;  ///< that one question brings again
  };

  /// `end` is where the room's log ends now. Borrows the form, which outlives it.
  Feed(chat::Number end, const Sizes& sizes, const LineForm& form = plain_form())
      : sizes_(sizes), room_(end, form), delivered_(end) {}

  /// The next message, and what its author is sent in its place, if anything. Requires its number
  /// to be the one after the last.
  void push(const chat::RoomAdvanced& advanced, std::string answer = {});
  /// What the history answers to `next_read`.
  void take(const chat::Slice& slice) { room_.take(slice); }

  /// The session reads from here on. Requires that it does not read yet.
  void add_reader(chat::SessionId session, const link::Path& path, bool numbered);
  // These require that the session reads.
  /// Its datagrams take this way from now on.
  void set_path(chat::SessionId session, const link::Path& path) { reader(session).path = path; }
  /// Whether its lines begin with their numbers.
  void set_numbered(chat::SessionId session, bool numbered) { reader(session).numbered = numbered; }
  /// Puts its cursor back. Returns what comes again: the first number and the last, or, where there
  /// is nothing, a last that is less than the first.
  std::pair<chat::Number, chat::Number> reread(chat::SessionId session, const chat::ReadPast& what);
  /// What is still due to somebody who leaves: lines `from` to `to`, its own left out, in
  /// datagrams. Of the past nothing is.
  struct Due {
    chat::Number from;
    chat::Number to;
    std::vector<std::string> datagrams;
  };
  Due remove_reader(chat::SessionId session);

  /// Sends everybody what is due. False: the socket has no room; call again once it has.
  bool deliver(link::DatagramSocket& socket, Instant now);

  /// After `deliver`: where to read on in the history, for a reader whose cursor is before the
  /// tail. Nothing while an answer is awaited. `take` ends the wait.
  std::optional<chat::Number> next_read();
  /// After `deliver`: when the next burst of the past is due; nothing where none is.
  std::optional<Instant> next_burst() const { return next_burst_; }

  std::size_t readers() const { return readers_.size(); }
  chat::Number end() const { return room_.end(); }

 private:
  struct Reader {
    chat::SessionId session;
    link::Path path;
    chat::Number cursor;
    bool numbered = false;
    chat::Number past_until;  ///< up to here it reads again, its own lines too
    chat::Number had;         ///< what it had been sent when it began to; else before its cursor
    Instant next_burst;
    std::size_t past_left = 0;  ///< bytes until it has to ask again
  };
  /// A datagram of whole lines, as iovecs into `Lines`.
  struct Chunk {
    std::vector<iovec> parts;
    chat::Number up_to;
  };
  using Chunks = std::vector<Chunk>;
  /// A datagram on its way, and where it takes its reader's cursor.
  struct Sending {
    std::size_t reader;
    chat::Number up_to;
  };
  struct Delivery;

  Reader& reader(chat::SessionId session) { return readers_[index_.at(session)]; }
  /// Whether it reads what those who read live have had long ago.
  bool reads_past(const Reader& reader) const;
  static Chunks cut(const Lines& lines, const Reader& reader, std::size_t most_bytes);
  std::vector<chat::SessionId> authors_not_delivered() const;
  bool deliver_to(std::size_t index, Delivery& delivery);
  const Chunks& live_chunks(const Reader& reader, Delivery& delivery) const;
  /// Nothing: not now. See `next_burst` and `next_read`.
  const Chunks* past_chunks(std::size_t index, Delivery& delivery);
  /// The end of what is sent unasked.
  const Chunks* until_asked_again(Reader& reader, Delivery& delivery);
  void expect_burst(Instant when);
  bool flush(Delivery& delivery);

  Sizes sizes_;
  RoomTail room_;
  chat::Number delivered_;  ///< whoever reads live has everything up to here
  struct Want {
    chat::Number after;
    std::size_t reader;
  };
  std::optional<Want> wants_past_;
  std::size_t turn_ = 0;  // the reader who is asked first, so that none waits for ever
  std::optional<Instant> next_burst_;
  std::vector<Reader> readers_;
  std::unordered_map<chat::SessionId, std::size_t> index_;  // into readers_
  std::size_t resume_at_ = 0;  // the reader at which the socket last had no room
};

}  // namespace palabre::server
