#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chat/names.h"
#include "client/outcome.h"

namespace palabre::client {

/// A name in the form used to compare names: without a guest's star, case folded. An address is
/// unchanged.
std::string name_key(std::string_view name);

/// Formats a chat's outcomes for a terminal. Returns whole lines without the last newline. Text
/// from others has been made safe before (`Session`).
class ChatWords {
 public:
  struct Look {
    bool colour = true;
    /// The time zone: minutes east of Greenwich at a time in seconds since 1970. Null: UTC.
    int (*offset_minutes)(std::int64_t seconds) = nullptr;
  };

  explicit ChatWords(Look look) : look_(look) {}

  /// `14:03 #12 awa: text`. If the author is `reader`: `you` in bold, or without colours `(you)`,
  /// which is not a valid name. An action is shown as others see it: `* kofi waves`. A message that
  /// was removed: `14:03 #12 (removed)`.
  /// `elsewhere`: the reader is in another room, so the line names the message's room.
  std::string line(const Line& line, std::string_view reader, const chat::RoomName& room,
                   bool elsewhere) const;
  /// Our own post: `14:03 #12 you: text`.
  std::string kept(const Kept& kept, bool elsewhere) const;
  /// Our own post that has no number yet: `… text`, on one line.
  std::string waiting(std::string_view text) const;
  std::string refused(const PostRefused& refused) const;
  std::string missed(const Missed& missed) const;
  /// `-- Monday, 23 November 2026` if `time` is on another day than `shown`, which becomes that
  /// day. Nothing otherwise, or if the message has no time.
  std::optional<std::string> day(WallTime time, std::int64_t& shown) const;
  /// A notice of the client's own: `-- words`.
  std::string notice(std::string_view words) const;

 private:
  std::string message(const Line& line, std::string_view author, const chat::RoomName& room,
                      bool elsewhere, std::string_view state) const;
  std::string own_name(const chat::Message& message) const;
  std::string time_of(WallTime time) const;
  std::int64_t local_minutes(WallTime time) const;
  std::string dim(std::string_view text) const;

  Look look_;
};

/// The colour of a nickname, one of the terminal's 256: the same in every client and every run, and
/// legible on dark and on light backgrounds.
unsigned colour_of(std::string_view nick);

/// The first line of a text, at most `most_bytes` of it, and ` …` if anything was left out.
std::string shortened_to_line(std::string_view text, std::size_t most_bytes);

/// For `ChatWords::Look`: the time zone of this machine.
int local_offset_minutes(std::int64_t seconds);

}  // namespace palabre::client
