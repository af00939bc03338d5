#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/ids.h"
#include "disk.h"

namespace palabre::sim {

/// Sees what the server reads and what it sends, and knows what is on its disk; says where a
/// promise was broken. Of what is inside the server it knows nothing.
///
/// - What is answered `#NUMBER ID` is on the disk under that number, with that text, by then.
/// - Nobody is sent a message that is not on the disk, or another text than is there.
/// - A cursor skips nothing: between two lines of a room that a session is sent there are only
///   messages of its own, and those that it is told it will not get.
/// - In the log: each number once, in order; each id of an author once; the messages of an author
///   in the order in which the server read them.
class Witness {
 public:
  explicit Witness(const Disk& disk) : disk_(disk) {}

  /// The author will say this under this id, the ids in their own order.
  void will_post(const std::string& author, const std::string& id, const std::string& text);
  /// The server has read this post of it.
  void posted(const std::string& author, const std::string& bytes) { ++posts_[{author, bytes}]; }
  /// The server has read something of the author's that ends with this text, without an ID.
  void said(const std::string& author, const std::string& text);

  void sent(const std::string& to, const std::string& datagram, Instant now);
  void crashed() { readers_.clear(); }
  /// Looks at all of the log.
  void audit();

  const std::vector<std::string>& broken() const { return broken_; }

  struct Counts {
    std::uint64_t lines = 0;
    std::uint64_t answers = 0;
    std::uint64_t rereads = 0;
    std::uint64_t gaps = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  /// A session that reads a room.
  struct Reader {
    std::string room;
    std::optional<std::uint64_t> cursor;  ///< unknown until a number is seen
    std::uint64_t began_at_most = 0;      ///< where it was when it was told of its room
    std::uint64_t had = 0;                ///< the most, before it began to read again
    bool is_had_known = true;             ///< else it is that at most
    std::uint64_t again_until = 0;
    bool numbered = false;
    bool leaves = false;  ///< it is not sent the past any more: it must be on its way out
  };

  void notice(const std::string& to, std::string_view text, Instant now);
  void begin(const std::string& to, std::string_view room, bool numbered);
  void moved(const std::string& to, std::string_view room);
  void end_of_silence(const std::string& to, Instant now);
  void rereads(const std::string& to, std::uint64_t from, std::uint64_t until);
  void has_enough(const std::string& to, std::uint64_t next);
  void has_nothing_new(const std::string& to, std::uint64_t end);
  void gap(const std::string& to, std::uint64_t from, std::uint64_t until, std::string_view why);
  void answered(const std::string& to, std::uint64_t number, const std::string& id);
  /// Its message, posted once, is answered where the others are sent it: after all that came
  /// before.
  void pass_its_own(const std::string& to, std::uint64_t number);
  void line(const std::string& to, const std::string& line);
  void numbered_line(const std::string& to, Reader& reader, std::uint64_t number,
                     const std::string& line);
  void go_to(const std::string& to, Reader& reader, std::uint64_t number);
  void bare_line(const std::string& to, Reader& reader, const std::string& line);

  /// Whether there is nothing between `after` and `next` but messages of its own.
  bool are_its_own(const std::string& who, const Reader& reader, std::uint64_t after,
                   std::uint64_t next) const;
  /// Whether the next that it is sent or told of may be this number. It may leave for that.
  bool may_go_to(const std::string& who, Reader& reader, std::uint64_t next) const;
  void must_stay(const std::string& who, const Reader& reader);
  /// What it has been sent up to, at most.
  static std::uint64_t place_of(const Reader& reader) {
    return reader.cursor.value_or(reader.began_at_most);
  }
  void audit_numbers();
  void audit_order();
  void break_(const std::string& what) { broken_.push_back(what); }

  const Disk& disk_;
  std::map<std::string, Reader> readers_;  // by address
  std::map<std::pair<std::string, std::string>, std::string> posted_;
  std::map<std::pair<std::string, std::string>, std::size_t> posts_;  // how often it was read
  std::map<std::string, std::map<std::string, std::size_t>> order_;   // of ids, by author
  std::map<std::string, std::vector<std::string>> said_;              // in order, by author
  std::map<std::pair<std::string, std::string>, std::uint64_t> answers_;
  std::vector<std::string> broken_;
  Counts counts_;
};

}  // namespace palabre::sim
