#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chat/command.h"
#include "chat/message.h"

namespace palabre::client {

// What somebody types into `palabre chat`. Names are as they were written: the session, or the
// server, knows what may be one.

namespace typed {

struct Say {
  chat::Kind kind = chat::Kind::kText;
  std::string text;
};
struct Join {
  std::string room;  ///< or an invite link
};
struct Leave {
  std::string room;  ///< empty: the one where one is
};
/// The server is asked; a request that names no room is about the one where one is.
struct Ask {
  chat::Request request;
};
struct Tell {
  std::string nick;
  std::string text;  ///< empty: only go there
};
struct Who {
  std::string room;  ///< empty: the one where one is
};
struct History {
  std::uint32_t count = 20;
};
struct Search {
  std::string text;
};
struct Ignore {
  std::string nick;  ///< empty: who is ignored?
};
struct Away {
  std::string note;  ///< empty: here again
};
struct Help {};
struct Quit {};
/// Nothing was done; why, in words.
struct Mistake {
  std::string words;
};
/// Nothing was written.
struct Nothing {};

}  // namespace typed

using Typed = std::variant<typed::Nothing, typed::Say, typed::Ask, typed::Join, typed::Leave,
                           typed::Tell, typed::Who, typed::History, typed::Search, typed::Ignore,
                           typed::Away, typed::Help, typed::Quit, typed::Mistake>;

/// A line, or several that were pasted as one.
Typed read_typed(std::string_view line);

/// What `/help` shows, a line each.
std::vector<std::string> typed_help();

/// What the word that is being written may become: `before` is all that stands before it on the
/// line.
std::vector<std::string> completions(std::string_view before, std::string_view word,
                                     const std::vector<std::string>& nicks,
                                     const std::vector<std::string>& rooms);

}  // namespace palabre::client
