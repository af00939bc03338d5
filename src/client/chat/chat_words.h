#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chat/names.h"
#include "client/outcome.h"

namespace palabre::client {

/// A name as names are compared: with or without a guest's star, and whatever its case. Of an
/// address, the address.
std::string name_key(std::string_view name);

/// How what comes about in a chat looks on a terminal. All it gives are whole lines, without the
/// last newline. What others wrote has been made safe before (`Session`).
class ChatWords {
 public:
  struct Look {
    bool colour = true;
    /// Minutes east of Greenwich at that moment, in seconds since 1970.
    int (*offset_minutes)(std::int64_t seconds) = nullptr;
  };

  explicit ChatWords(Look look) : look_(look) {}

  /// `14:03 #12 awa: text`; of `reader`, `you` in bold, or without colours `(you)`, which no name
  /// can be; but `* kofi waves` as the others see it.
  /// `elsewhere`: the room is not the one where its reader is, and is named.
  std::string line(const Line& line, std::string_view reader, const chat::RoomName& room,
                   bool elsewhere) const;
  /// One's own: `14:03 #12 you: text`.
  std::string kept(const Kept& kept, bool elsewhere) const;
  /// One's own that has no number yet: `… text`, on one line.
  std::string waiting(std::string_view text) const;
  std::string refused(const PostRefused& refused) const;
  std::string missed(const Missed& missed) const;
  /// Where a message is of another day than the one shown before it: `-- Monday, 23 November 2026`.
  /// `shown`: that day, which is followed; at first today's.
  std::optional<std::string> day(WallTime time, std::int64_t& shown) const;
  /// What the client itself has to say: `-- words`.
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

/// The colour of a nickname, of the terminal's 256: the same for everybody and every day, legible
/// on dark and on light.
unsigned colour_of(std::string_view nick);

/// The first line of a text, and how many there are besides.
std::string shortened_to_line(std::string_view text, std::size_t most_bytes);

/// For `ChatWords::Look`: the zone of this machine.
int local_offset_minutes(std::int64_t seconds);

}  // namespace palabre::client
