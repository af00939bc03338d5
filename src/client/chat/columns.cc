#include <sys/ioctl.h>
#include <unistd.h>

#include <clocale>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

#include "chat/message.h"
#include "client/chat/graphemes.h"
#include "client/chat/terminal.h"

namespace palabre::client {
namespace {

constexpr std::size_t kTab = 8;

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  Graphemes graphemes(text);
  while (const auto step = graphemes.next()) columns += step->columns;
  return columns;
}

std::size_t least_columns_of(std::string_view text) {
  std::size_t columns = 0;
  Graphemes graphemes(text);
  while (const auto step = graphemes.next()) columns += step->is_certain ? step->columns : 0;
  return columns;
}

std::size_t columns_of_tab(std::size_t column) { return kTab - column % kTab; }

std::string with_hanging_indent(std::string_view text, std::size_t columns) {
  const std::string indent(chat::kContinuationIndent, ' ');
  std::string rows;
  std::size_t column = 0;
  Graphemes graphemes(text);
  while (const auto step = graphemes.next()) {
    if (step->text == "\n") {
      rows += '\n';
      column = 0;
      continue;
    }
    const bool is_tab = step->text == "\t";
    const std::size_t wide = is_tab ? columns_of_tab(column) : step->columns;
    if (columns >= kNarrowestWindow && column + wide > columns) {
      rows += "\n" + indent;
      column = indent.size();
    }
    column += wide;
    rows += is_tab ? std::string(wide, ' ') : std::string(step->text);
  }
  return rows;
}

ScreenSize screen_size() {
  winsize size{};
  ScreenSize known;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return known;
  if (size.ws_col > 0) known.columns = size.ws_col;
  if (size.ws_row > 0) known.rows = size.ws_row;
  return known;
}

void use_utf8() {
  // NOLINTBEGIN(concurrency-mt-unsafe): before other threads run
  if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1) {
    std::setlocale(LC_CTYPE, "C.UTF-8");
  }
  // NOLINTEND(concurrency-mt-unsafe)
}

std::string fitting(std::string_view line, std::size_t columns) {
  std::string fits;
  std::size_t taken = 0;
  Graphemes graphemes(line);
  while (const auto step = graphemes.next()) {
    const bool is_escape = step->text.front() == '\x1b' && step->columns == 0;
    if (!is_escape && taken + step->columns > columns) {
      taken = columns + 1;  // leave out the rest, except colour escape sequences
    } else {
      fits += step->text;
      taken += step->columns;
    }
  }
  return fits;
}

}  // namespace palabre::client
