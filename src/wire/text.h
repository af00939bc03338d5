#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/command.h"
#include "chat/event.h"
#include "chat/limits.h"
#include "chat/message.h"
#include "chat/number_ranges.h"

namespace palabre::wire {

// The plain text protocol: what people type into netcat, and what it shows. docs/protocol.md.

/// Every line that the server says for itself begins with this. No guest's line can.
inline constexpr std::string_view kNoticeMark = "-- ";

/// Limit of a plain text datagram from the server. One line with its number before it may exceed
/// the limit by that number: `#18446744073709551615 ` at most.
inline constexpr std::size_t kPlainDatagramBytes = 1200;
static_assert(chat::Limits{}.line_bytes <= kPlainDatagramBytes, "every message fits a datagram");

/// Limit of commands at the beginning of one datagram: far more than people write, and few enough
/// that the answers crowd out nobody else's.
inline constexpr std::size_t kMostCommands = 16;

/// The requests of one datagram, in order. It begins with commands, one a line. From the first line
/// on that is no command, everything is one message. `//` begins a text that starts with a slash.
/// Blank lines before the text and newlines after it are ignored. `text` is made safe by `clean`.
///
/// The caller stops at the first request that is refused: the text after a failed /join was not
/// meant for the current room.
std::vector<chat::Request> parse_requests(std::string_view text);

/// Whether `text` has nothing but blanks, tabs and newlines.
bool is_blank(std::string_view text);
/// Whether `text` is a valid `chat::MessageId`.
bool is_message_id(std::string_view text);

/// A message number as people write it: `12` or `#12`, from 1 on. Nothing: `text` is not one.
std::optional<chat::Number> parse_message_number(std::string_view text);

/// The message as it is sent to everybody, one line with its newline. A text is `[ip:port]> text`,
/// an action is `* nick* text`, a removed message is `-- This message was removed.` Long runs of
/// blanks are shortened (`shorten_blanks`). Its size is at most `chat::line_bytes`, if it was not
/// removed.
std::string encode_line(const chat::Message& message);

/// The prefix of a message for readers that asked for numbers: `#12 `.
std::string encode_number(chat::Number number);

/// An event in words for people: lines, without a newline at the end.
std::string in_words(const chat::Event& event);

/// The facts about a room that a person who comes reads, as sentences; empty: none.
std::string in_words(const chat::RoomFacts& facts);

/// That these messages were removed, as one sentence. Requires at least one.
std::string in_words(const chat::NumberRanges& removed);
/// The same as a line that begins with `kNoticeMark`.
std::string encode_removed(const chat::NumberRanges& removed);

/// An event as lines that begin with `kNoticeMark`, at most `kPlainDatagramBytes`. An
/// acknowledgement, which is for programs, is `#12` or `#12 ID`.
std::string encode_notice(const chat::Event& event);

}  // namespace palabre::wire
