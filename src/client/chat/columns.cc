#include <sys/ioctl.h>
#include <unistd.h>

#include <clocale>
#include <cstddef>
#include <cstdlib>
#include <cwchar>
#include <string>
#include <string_view>

#include "chat/message.h"
#include "client/chat/terminal.h"

namespace palabre::client {
namespace {

constexpr std::size_t kTab = 8;
constexpr std::string_view kEmojiSelector = "\xEF\xB8\x8F";

/// A step along a text: so many bytes, which take so many columns.
struct Step {
  std::size_t bytes = 1;
  std::size_t columns = 0;
};

/// The length of an escape for colours at the beginning, or 0.
std::size_t escape_bytes(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const auto end = text.find('m');
  return end == std::string_view::npos ? 0 : end + 1;
}

/// A half of a flag.
bool is_regional_indicator(std::string_view character) {
  return character.size() == 4 && character.starts_with("\xF0\x9F\x87") && character[3] >= '\xA6';
}

Step step(std::string_view text, std::mbstate_t& state) {
  if (const std::size_t escape = escape_bytes(text); escape > 0) return {escape, 0};
  wchar_t character = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the state is ours
  const std::size_t bytes = std::mbrtowc(&character, text.data(), text.size(), &state);
  if (bytes == 0 || bytes > text.size()) {  // none, or half of one
    state = {};
    return {1, 1};
  }
  const int width = ::wcwidth(character);
  return {bytes, width < 0 ? 1U : static_cast<std::size_t>(width)};
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::mbstate_t state{};
  std::size_t columns = 0;
  while (!text.empty()) {
    const Step next = step(text, state);
    columns += next.columns;
    text.remove_prefix(next.bytes);
  }
  return columns;
}

std::size_t rows_down(std::string_view text, std::size_t columns) {
  std::mbstate_t state{};
  std::size_t rows = 0;
  std::size_t column = 0;
  while (!text.empty()) {
    Step next = step(text, state);
    const auto first = static_cast<unsigned char>(text.front());
    if (first == '\t') {
      next.columns = kTab - column % kTab;
    } else if (first < ' ' && next.columns > 0) {
      next.columns = 2;  // ^A
    }
    if (first == '\n' || column + next.columns > columns) {
      ++rows;
      column = 0;
    }
    if (first != '\n') column += next.columns;
    text.remove_prefix(next.bytes);
  }
  return rows;
}

std::string with_hanging_indent(std::string_view text, std::size_t columns) {
  constexpr std::size_t kNarrowest = 8;  // below that nobody can read anything
  const std::string indent(chat::kContinuationIndent, ' ');
  std::mbstate_t state{};
  std::string rows;
  std::size_t column = 0;
  while (!text.empty()) {
    Step next = step(text, state);
    // Some terminals draw these in two columns, whatever the C library says.
    if (text.substr(next.bytes).starts_with(kEmojiSelector)) {
      next = {next.bytes + kEmojiSelector.size(), 2};
    } else if (is_regional_indicator(text.substr(0, next.bytes))) {
      next.columns = 2;
    } else if (text.front() == '\t') {
      next.columns = kTab - column % kTab;
    }
    const std::string_view character = text.substr(0, next.bytes);
    if (character == "\n") {
      column = 0;
    } else {
      if (columns >= kNarrowest && column + next.columns > columns) {
        rows += "\n" + indent;
        column = indent.size();
      }
      column += next.columns;
    }
    rows += character == "\t" ? std::string(next.columns, ' ') : std::string(character);
    text.remove_prefix(next.bytes);
  }
  return rows;
}

std::size_t screen_columns() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

void use_utf8() {
  // NOLINTBEGIN(concurrency-mt-unsafe): before anything else runs
  if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1) {
    std::setlocale(LC_CTYPE, "C.UTF-8");
  }
  // NOLINTEND(concurrency-mt-unsafe)
}

std::string fitting(std::string_view line, std::size_t columns) {
  std::mbstate_t state{};
  std::string fits;
  std::size_t taken = 0;
  while (!line.empty()) {
    const Step next = step(line, state);
    const bool is_escape = next.columns == 0 && line.front() == '\x1b';
    if (!is_escape && taken + next.columns > columns) {
      taken = columns + 1;  // what follows is left out, but for the colours' end
    } else {
      fits += line.substr(0, next.bytes);
      taken += next.columns;
    }
    line.remove_prefix(next.bytes);
  }
  return fits;
}

}  // namespace palabre::client
