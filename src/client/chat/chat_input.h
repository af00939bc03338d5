#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chat/command.h"
#include "chat/message.h"

namespace palabre::client {

// The parsed input of `palabre chat`. Names are not validated here; the session or the server
// validates them.

namespace typed {

struct Say {
  chat::Kind kind = chat::Kind::kText;
  std::string text;
};
struct Join {
  std::string room;  ///< or an invite link
};
struct Leave {
  std::string room;  ///< empty: the current room
};
/// A request to the server. Without a room it is about the current room.
struct Ask {
  chat::Request request;
};
struct Tell {
  std::string nick;
  std::string text;  ///< empty: only switch to the room for two
};
struct Who {
  std::string room;  ///< empty: the current room
};
struct History {
  std::uint32_t count = 20;
};
struct Search {
  std::string text;
};
struct Ignore {
  std::string nick;  ///< empty: list the ignored nicknames
};
struct Away {
  std::string note;  ///< empty: no longer away
};
struct Help {};
struct Quit {};
/// The line is wrong, and nothing is done.
struct Mistake {
  std::string words;  ///< the reason
};
/// The line is blank.
struct Nothing {};

}  // namespace typed

using Typed = std::variant<typed::Nothing, typed::Say, typed::Ask, typed::Join, typed::Leave,
                           typed::Tell, typed::Who, typed::History, typed::Search, typed::Ignore,
                           typed::Away, typed::Help, typed::Quit, typed::Mistake>;

/// Parses one line, or several that were pasted as one.
Typed read_typed(std::string_view line);

/// The lines of `/help`.
std::vector<std::string> typed_help();

/// The completions of `word`, the word at the cursor. `before` is the text of the line before
/// `word`.
std::vector<std::string> completions(std::string_view before, std::string_view word,
                                     const std::vector<std::string>& nicks,
                                     const std::vector<std::string>& rooms);

}  // namespace palabre::client
