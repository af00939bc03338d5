#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/command.h"
#include "chat/event.h"
#include "chat/limits.h"
#include "chat/message.h"

namespace palabre::wire {

// The plain text protocol: what anybody types into netcat, and what it shows. docs/protocol.md.

/// Every line the server says of itself begins with this; no line of a guest's can.
inline constexpr std::string_view kNoticeMark = "-- ";

/// No datagram of plain text that the server sends is longer, but for one line with its number
/// before it: `#18446744073709551615 ` at most.
inline constexpr std::size_t kPlainDatagramBytes = 1200;
static_assert(chat::Limits{}.line_bytes <= kPlainDatagramBytes, "every message fits a datagram");

/// Commands that one datagram may begin with: far more than anybody writes, and few enough that the
/// answers to it crowd out nobody else's.
inline constexpr std::size_t kMostCommands = 16;

/// What one datagram asks for, in order: the commands it begins with, a line each; then, from the
/// first line on that is none, one message with all that follows. `//` begins a text with a slash.
/// Blank lines before the text and newlines after it are nothing. `text` is made safe by `clean`.
///
/// Whoever carries the requests out stops at the first that is refused: what follows a /join that
/// failed was not meant for the room where one is.
std::vector<chat::Request> parse_requests(std::string_view text);

/// Whether there is nothing to send in it.
bool is_blank(std::string_view text);
/// Whether it may be a `chat::MessageId`.
bool is_message_id(std::string_view text);

/// The number of a message as people write it, `12` or `#12`, from 1 on; nothing where it is none.
std::optional<chat::Number> parse_message_number(std::string_view text);

/// The message as everybody is sent it, one line with its newline: `[ip:port]> text`, or
/// `* nick* text` for an action, with long runs of blanks shortened (`shorten_blanks`). At most as
/// long as `chat::line_bytes` says.
std::string encode_line(const chat::Message& message);

/// What stands before a message for those who read with numbers: `#12 `.
std::string encode_number(chat::Number number);

/// What a session is told, in words for people: lines without a newline at the end.
std::string in_words(const chat::Event& event);

/// What a session is told, in words, as lines that begin with `kNoticeMark`, and an
/// acknowledgement, for programs, as `#12` or `#12 ID`; at most `kPlainDatagramBytes`.
std::string encode_notice(const chat::Event& event);

}  // namespace palabre::wire
