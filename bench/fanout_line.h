#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace palabre::bench {

// What is said during a measurement. A text says which message it is and whose, so that whoever
// receives it can keep account of it, and whoever passes it on need not look for its author.

inline constexpr std::size_t kTextBytes = 100;
inline constexpr std::string_view kLikePrefix = "[127.0.0.1:54321]> ";
inline constexpr std::size_t kLineBytes = kLikePrefix.size() + kTextBytes + 1;

/// What a guest sends to come in; it is answered by a line that begins with `kNoticeMark`.
inline constexpr std::string_view kHello = "\n";
inline constexpr std::string_view kNoticeMark = "-- ";

struct Label {
  std::uint32_t number = 0;  ///< of the message, below 100,000,000
  std::uint32_t author = 0;  ///< which guest, below 10,000
};

/// A text with its newline, as netcat would send it.
using PostedText = std::array<char, kTextBytes + 1>;
PostedText write_text(Label label);

/// Reads a text, with or without its newline; nothing where it is none of ours.
std::optional<Label> read_text(std::string_view text);

/// Reads a line as it is delivered, prefix included and newline not; nothing where it is not as
/// long as a line has to be: ways that send less would be compared with ways that send more.
std::optional<Label> read_line(std::string_view line);

}  // namespace palabre::bench
