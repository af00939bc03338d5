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

/// Messages and gaps of one room as frames.
class FrameForm : public LineForm {
 public:
  explicit FrameForm(chat::RoomId room) : room_(room) {}
  Line message(chat::Number number, const chat::Message& message, WallTime kept_at) const override;
  /// Nothing for what cannot be read at the moment: that is no gap yet.
  std::optional<Line> gap(const chat::Missing& missing) const override;

 private:
  chat::RoomId room_;
};

/// One room as members read it: the tail of its log, each message encoded once as a frame, and each
/// reader's cursor. A reader costs its cursor, however far behind it is; it is given what comes
/// next when its link has room for it (`next`), so a slow one slows nobody and loses nothing. A
/// link neither loses nor doubles, so a cursor is put forward when the frames are handed to the
/// link.
///
/// A reader is not given its own live messages, but the answers to them in their place. The tail
/// has an end; a reader whose cursor is before it is served from the history, a slice at a time and
/// each reader in turn. What the history cannot give is told as a gap. What is encoded for several
/// readers is at hand until it is as much as the tail may be: then it is made anew.
class MemberFeed {
 public:
  struct Sizes {
    std::size_t tail_bytes = std::size_t{256} << 10;
    std::size_t chunk_bytes = std::size_t{16}
                              << 10;  ///< that `next` gives at most, if not one frame
    std::size_t slice_bytes = std::size_t{64} << 10;  ///< asked of the history at once
  };

  /// `end` is where the room's log ends now.
  MemberFeed(chat::RoomId room, chat::Cursor end, const Sizes& sizes)
      : MemberFeed(std::make_unique<FrameForm>(room), end, sizes) {}
  /// The same, with lines of another form.
  MemberFeed(std::unique_ptr<const LineForm> form, chat::Cursor end, const Sizes& sizes)
      : form_(std::move(form)), log_(end.log), sizes_(sizes), room_(end.number, *form_) {}

  /// Whether anybody reads; if not, `skip` does in the place of `push`.
  bool is_read() const { return !readers_.empty(); }
  /// The next message; `answer` is the frame that its author is given in its place, if any.
  /// Requires its number to be the one after the last.
  void push(const chat::RoomAdvanced& advanced, std::string answer);
  void skip(chat::Number number) { room_.skip(number); }
  /// What the history answers to `next_read`. False: some of it cannot be read at the moment; that
  /// is no gap, and is to be asked for again.
  bool take(const chat::Slice& slice) { return room_.take(slice); }

  /// The session reads from there on. Requires that it does not read yet. Returns what it had,
  /// where that is of another life of the log: it reads this one from its beginning.
  std::optional<chat::Number> add_reader(chat::SessionId session, const chat::Start& start);
  /// Requires that it reads. Returns the answers that it was not given yet: they are still due.
  std::vector<std::string> remove_reader(chat::SessionId session);

  struct Due {
    link::Chunk chunk;
    std::size_t answers = 0;  ///< to posts of its own, in the chunk
  };
  /// What comes next for a session that reads. No chunk: it has everything, or has to wait for what
  /// is read from the history (`next_read`).
  Due next(chat::SessionId session);

  /// Where to read on in the history, for a reader whose cursor is before the tail. Nothing while
  /// an answer is awaited. `take` ends the wait.
  std::optional<chat::Number> next_read();

  chat::Cursor end() const { return {log_, room_.end()}; }
  const std::vector<chat::SessionId>& readers() const { return readers_; }
  const Sizes& sizes() const { return sizes_; }

 private:
  /// An answer that is not given yet, in the place of the message that it is about.
  struct Answer {
    chat::Number number;
    std::string frame;
  };
  struct Reader {
    chat::Number cursor;
    std::deque<Answer> answers;
    std::uint64_t ticket = 0;  ///< in `waiting_`; 0: it is not there
  };
  /// Frames for whoever stands at a cursor.
  struct Run {
    link::Chunk chunk;
    chat::Number up_to;
  };
  Due run_for(const Lines& lines, Reader& reader) const;
  void wait(chat::SessionId session, Reader& reader);
  void stop_waiting(Reader& reader);
  const Run& shared_run(chat::Number cursor);

  std::unique_ptr<const LineForm> form_;  // stays where it is when this moves
  chat::LogId log_;
  Sizes sizes_;
  RoomTail room_;
  std::map<chat::Number, Run> shared_;                // of the tail as it is, by cursor
  std::size_t shared_bytes_ = 0;                      // in those
  std::map<std::uint64_t, chat::SessionId> waiting_;  // for one, by ticket: the first is next
  std::uint64_t last_ticket_ = 0;
  std::unordered_map<chat::SessionId, Reader> cursors_;
  std::vector<chat::SessionId> readers_;  // in order of coming
};

}  // namespace palabre::server
