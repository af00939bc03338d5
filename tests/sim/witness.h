#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/ids.h"
#include "disk.h"

namespace palabre::sim {

/// The IDs in the answers of a datagram, its lines `#NUMBER ID`. What follows the number of a
/// message is among them, and is no ID.
std::vector<std::string> answered_ids(std::string_view datagram);

/// Observes the datagrams that the server reads and sends, and knows the disk's content; reports
/// broken promises. Knows nothing of the server's inside.
///
/// - A post answered with `#NUMBER ID` is on the disk under that number, with that text, by then.
/// - Nobody is sent a message that is not on the disk, or a different text than is there.
/// - A cursor skips nothing: between two lines of a room that a session is sent there are only its
///   own messages, and those that it is told are missing.
/// - In the log: each number once, in order; each id of an author once; the messages of a guest in
///   the order in which the server read them.
/// - Nobody is shown a room that `forbid` names.
class Witness {
 public:
  /// `may_be_gone`: whether all of these messages, the last one included, may have been removed.
  using MayBeGone =
      std::function<bool(const std::string& room, std::uint64_t from, std::uint64_t to)>;
  Witness(const Journal& journal, MayBeGone may_be_gone)
      : journal_(journal), may_be_gone_(std::move(may_be_gone)) {}

  /// Announces a post of the author with this id and text, in the order of ids.
  void will_post(const std::string& author, const std::string& id, const std::string& text);
  /// The server has read this post of the author's.
  void posted(const std::string& author, const std::string& bytes) { ++posts_[{author, bytes}]; }
  /// The server has read a text of the author's, without an ID.
  void said(const std::string& author, const std::string& text);

  void sent(const std::string& to, const std::string& datagram, Instant now);
  void crashed() { readers_.clear(); }
  /// No guest may be in this room.
  void forbid(const std::string& room) { forbidden_.insert(room); }
  /// Checks the whole log.
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
  /// The reading state of a session in a room.
  struct Reader {
    std::string room;
    std::optional<std::uint64_t> cursor;  ///< unknown until a number is seen
    std::uint64_t began_at_most = 0;      ///< the upper bound of its cursor when it joined the room
    std::uint64_t had = 0;                ///< the last number sent before it began to reread
    bool is_had_known = true;             ///< false: `had` is an upper bound
    std::uint64_t again_until = 0;
    bool numbered = false;
    bool leaves = false;  ///< no past is sent any more: it must be leaving
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
  /// Its own message, posted once, is answered at its place in the log: after all messages before
  /// it.
  void pass_its_own(const std::string& to, std::uint64_t number);
  void line(const std::string& to, const std::string& line);
  void numbered_line(const std::string& to, Reader& reader, std::uint64_t number,
                     const std::string& line);
  void go_to(const std::string& to, Reader& reader, std::uint64_t number);
  void bare_line(const std::string& to, Reader& reader, const std::string& line);

  /// Whether there are only its own messages between `after` and `next`.
  bool are_its_own(const std::string& who, const Reader& reader, std::uint64_t after,
                   std::uint64_t next) const;
  /// Whether the next number that it is sent or told of may be `next`; perhaps only if it is
  /// leaving, which is then noted.
  bool may_go_to(const std::string& who, Reader& reader, std::uint64_t next) const;
  void must_stay(const std::string& who, const Reader& reader);
  /// The last number that it has been sent, as an upper bound.
  static std::uint64_t place_of(const Reader& reader) {
    return reader.cursor.value_or(reader.began_at_most);
  }
  void audit_numbers();
  void audit_order();
  void break_(const std::string& what) { broken_.push_back(what); }

  const Journal& journal_;
  const MayBeGone may_be_gone_;
  std::map<std::string, Reader> readers_;  // by address
  std::map<std::pair<std::string, std::string>, std::string> posted_;
  std::map<std::pair<std::string, std::string>, std::size_t> posts_;  // how often it was read
  std::map<std::string, std::map<std::string, std::size_t>> order_;   // of ids, by author
  std::map<std::string, std::vector<std::string>> said_;              // in order, by author
  std::map<std::pair<std::string, std::string>, std::uint64_t> answers_;
  std::set<std::string> forbidden_;
  std::vector<std::string> broken_;
  Counts counts_;
};

}  // namespace palabre::sim
