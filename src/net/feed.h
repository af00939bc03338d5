#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "chat/ids.h"
#include "net/datagram_socket.h"

namespace palabre::net {

/// One room as guests read it: the tail of its log, each line encoded once, and each reader's
/// cursor. A reader costs its path and its cursor, however far behind it is.
///
/// When several lines are due to a reader they share datagrams. A reader is not sent its own lines.
/// The tail holds what is still due to somebody, and has an end, `tail_bytes`: what falls out of it
/// before a reader came by is told to that reader as a gap (its own lines counted, whose authors
/// are forgotten with them).
class Feed {
 public:
  struct Sizes {
    std::size_t tail_bytes = std::size_t{256} << 10;
    std::size_t batch = 256;  ///< datagrams handed to the socket at once
  };

  /// `end` is where the room's log ends now.
  Feed(chat::Number end, const Sizes& sizes) : last_(end), sizes_(sizes) {}

  /// The next line. Requires `number` to be the one after the last.
  void push(chat::Number number, chat::SessionId author, std::string line);

  /// The session reads from here on. Requires that it does not read yet.
  void add_reader(chat::SessionId session, const Path& path);
  /// Its datagrams take this way from now on. Requires that it reads.
  void set_path(chat::SessionId session, const Path& path);
  /// What is still due to somebody who leaves: lines `from` to `to`, its own left out, in
  /// datagrams.
  struct Due {
    chat::Number from;
    chat::Number to;
    std::vector<std::string> datagrams;
  };
  /// Requires that the session reads.
  Due remove_reader(chat::SessionId session);

  /// Sends everybody what is due. False: the socket has no room; call again once it has.
  bool deliver(DatagramSocket& socket);

  std::size_t readers() const { return readers_.size(); }
  chat::Number end() const { return last_; }

 private:
  struct Line {
    chat::SessionId author;
    std::string bytes;
  };
  struct Reader {
    chat::SessionId session;
    Path path;
    chat::Number cursor;
  };
  /// A datagram of whole lines, as iovecs into the tail.
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

  Chunks chunks_for(chat::SessionId reader, chat::Number cursor, std::string& gap_notice) const;
  std::vector<chat::SessionId> authors_in_tail() const;
  bool deliver_to(std::size_t index, Delivery& delivery);
  bool flush(Delivery& delivery);

  chat::Number last_;
  Sizes sizes_;
  std::size_t tail_size_ = 0;
  std::deque<Line> tail_;  // ends with number `last_`; empty once everybody has everything
  std::vector<Reader> readers_;
  std::unordered_map<chat::SessionId, std::size_t> index_;  // into readers_
  std::size_t resume_at_ = 0;  // the reader at which the socket last had no room
};

}  // namespace palabre::net
