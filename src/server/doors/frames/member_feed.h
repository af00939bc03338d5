#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "chat/command.h"
#include "chat/history.h"
#include "chat/ids.h"
#include "link/link.h"
#include "server/room_tail.h"

namespace palabre::server {

/// Encodes messages and gaps of one room as frames.
class FrameForm : public LineForm {
 public:
  explicit FrameForm(chat::RoomId room) : room_(room) {}
  Line message(chat::Number number, const chat::Message& message, WallTime kept_at) const override;
  /// Nothing for messages that cannot be read at the moment: that is not a gap yet.
  std::optional<Line> gap(const chat::Missing& missing) const override;

 private:
  chat::RoomId room_;
};

/// One room for its members: the tail of its log, each message encoded once as a frame, and a
/// cursor per reader. Memory per reader: a cursor, and the answers to its posts that are still due.
/// A reader is given the next chunk when its link has room (`next`), so a slow reader slows nobody
/// and loses nothing. A link neither loses nor duplicates, so the cursor advances when frames are
/// handed to the link.
///
/// A reader is not given its own live messages; it is given the answers in their place. (Of a
/// removed one it is given both, the answer last.) The tail is bounded: a reader whose cursor is
/// before it is served from the history, one slice at a time, in turn with the other readers.
/// Messages that the history cannot give are reported as a gap. Chunks encoded for several readers
/// are cached up to the size of the tail; then the cache is emptied.
class MemberFeed {
 public:
  struct Sizes {
    std::size_t tail_bytes = std::size_t{256} << 10;
    std::size_t chunk_bytes = std::size_t{16} << 10;  ///< limit of `next`; one frame may be longer
    std::size_t slice_bytes = std::size_t{64} << 10;  ///< read from the history at once
  };

  /// `end` is the current end of the room's log.
  MemberFeed(chat::RoomId room, chat::Cursor end, const Sizes& sizes)
      : MemberFeed(std::make_unique<FrameForm>(room), end, sizes) {}
  /// The same with another form of lines.
  MemberFeed(std::unique_ptr<const LineForm> form, chat::Cursor end, const Sizes& sizes)
      : form_(std::move(form)), log_(end.log), sizes_(sizes), room_(end.number, *form_) {}

  /// Whether the room has readers. If not, call `skip` instead of `push`.
  bool is_read() const { return !readers_.empty(); }
  /// Appends the next message; requires the number after the last. `answer` is the frame that the
  /// author is given in place of the message; empty: the author is given the message too.
  void push(const chat::RoomAdvanced& advanced, std::string answer);
  /// Appends the next message of a room without readers; keeps its number only.
  void skip(chat::Number number) { room_.skip(number); }
  /// Takes the history's answer to `next_read`. False: a part cannot be read at the moment. That is
  /// not a gap, and must be read again.
  bool take(const chat::Slice& slice) { return room_.take(slice); }
  /// The messages were removed.
  void redact(const std::vector<chat::Number>& numbers) {
    room_.redact(numbers);
    shared_.clear();
    shared_bytes_ = 0;
  }

  /// The session reads from `start` on. Requires that it is not a reader yet. Returns the number of
  /// `start.after` if that cursor is of another log: then the session reads this log from the
  /// beginning.
  std::optional<chat::Number> add_reader(chat::SessionId session, const chat::Start& start);
  /// Requires that the session is a reader. Returns the answers that it was not given yet; they are
  /// still due.
  std::vector<std::string> remove_reader(chat::SessionId session);

  struct Due {
    link::Chunk chunk;
    std::size_t answers = 0;  ///< in the chunk, to posts of this session
  };
  /// Returns the next chunk for a reader, and advances its cursor. No chunk: the reader has
  /// everything, or waits for a slice from the history (`next_read`). Requires that the session is
  /// a reader.
  Due next(chat::SessionId session);

  /// Returns the cursor at which the next slice must begin, and marks the read as requested until
  /// `take`. Nothing: no reader waits for the history, or a slice is awaited.
  std::optional<chat::Number> next_read();

  chat::Cursor end() const { return {log_, room_.end()}; }
  const std::vector<chat::SessionId>& readers() const { return readers_; }
  const Sizes& sizes() const { return sizes_; }

 private:
  /// An answer that is not given yet, and the message whose place it takes.
  struct Answer {
    chat::Number number;
    std::string frame;
  };
  struct Reader {
    chat::Number cursor;
    std::deque<Answer> answers;
    std::uint64_t ticket = 0;  ///< in `waiting_`; 0: not waiting
  };
  /// Frames for all readers at one cursor.
  struct Run {
    link::Chunk chunk;
    chat::Number up_to;
  };
  Due run_for(const Lines& lines, Reader& reader) const;
  void wait(chat::SessionId session, Reader& reader);
  void stop_waiting(Reader& reader);
  const Run& shared_run(chat::Number cursor);

  std::unique_ptr<const LineForm> form_;  // a stable address when the feed is moved
  chat::LogId log_;
  Sizes sizes_;
  RoomTail room_;
  std::map<chat::Number, Run> shared_;                // chunks of the current tail, by cursor
  std::size_t shared_bytes_ = 0;                      // in `shared_`
  std::map<std::uint64_t, chat::SessionId> waiting_;  // for a slice, by ticket; the first is next
  std::uint64_t last_ticket_ = 0;
  std::unordered_map<chat::SessionId, Reader> cursors_;
  std::vector<chat::SessionId> readers_;  // in order of joining
};

}  // namespace palabre::server
