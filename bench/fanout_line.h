#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace palabre::bench {

// The texts of a measurement. Each contains its message's number and author, so that a receiver can
// track it and a server that passes it on need not look up the author.

inline constexpr std::size_t kTextBytes = 100;
inline constexpr std::string_view kLikePrefix = "[127.0.0.1:54321]> ";
inline constexpr std::size_t kLineBytes = kLikePrefix.size() + kTextBytes + 1;

/// The datagram with which a guest joins; the answer is a line that begins with `kNoticeMark`.
inline constexpr std::string_view kHello = "\n";
inline constexpr std::string_view kNoticeMark = "-- ";

struct Label {
  std::uint32_t number = 0;  ///< of the message, below 100,000,000
  std::uint32_t author = 0;  ///< which guest, below 10,000
};

/// A text with its newline, as netcat would send it.
using PostedText = std::array<char, kTextBytes + 1>;
PostedText write_text(Label label);

/// Parses a text, with or without its newline; nothing where it is not one of ours.
std::optional<Label> read_text(std::string_view text);

/// Parses a delivered line, with its prefix and without its newline; nothing where its length is
/// wrong: servers that send less must not be compared with those that send more.
std::optional<Label> read_line(std::string_view line);

}  // namespace palabre::bench
