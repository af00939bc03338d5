#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace palabre::client {

/// The terminal of a chat, in an event loop. Its caller prints whole lines that were made safe.
class Terminal {
 public:
  struct Hear {
    /// A line without its newline; several lines if they were pasted and confirmed.
    std::function<void(std::string line)> line;
    /// The end of the input.
    std::function<void()> end;
    /// The input failed. No more lines follow.
    std::function<void(Error)> failed;
    /// Completions of `word`, the word being typed. `before`: the line before it.
    std::function<std::vector<std::string>(std::string_view before, std::string_view word)>
        complete;
    /// How many messages a line is sent as. If more than one, the terminal asks the user before it
    /// calls `line`.
    std::function<std::size_t(std::string_view line)> messages;
  };

  virtual ~Terminal() = default;

  /// Whether the output is append-only: for pipes and screen readers.
  virtual bool is_plain() const = 0;
  /// Prints above the line being typed. `line` may have several lines; no newline at the end.
  virtual void print(std::string_view line) = 0;
  /// The same, for a line that `replace` may be called for. `id` is not 0, and used once.
  virtual void print_as(std::uint64_t /*id*/, std::string_view line) { print(line); }
  /// Replaces a line that is still on the screen. False: it has left the screen, or the output is
  /// append-only.
  virtual bool replace(std::uint64_t /*id*/, std::string_view /*line*/) { return false; }
  virtual void set_prompt(std::string prompt) = 0;
  /// Sets the lines between the printed text and the prompt. Only the last few are shown.
  virtual void set_waiting(std::vector<std::string> lines) = 0;
  /// The errno of the first failed write; 0: none failed. If a terminal is gone, its input fails or
  /// ends.
  virtual int output_failure() const { return 0; }
};

/// Plain lines on standard input and output, without editing.
std::unique_ptr<Terminal> make_plain_terminal(boost::asio::io_context& io, Terminal::Hear hear);

/// GNU readline, with its editing, history and completion. Requires a terminal at standard input
/// and output. A process can have one at a time.
std::unique_ptr<Terminal> make_line_terminal(boost::asio::io_context& io, Terminal::Hear hear);

/// In a window with fewer columns rows are not broken: it is too narrow to read.
inline constexpr std::size_t kNarrowestWindow = 8;

/// Columns of a text on the terminal that draws it widest. Colour escape sequences count as 0.
std::size_t columns_of(std::string_view text);
/// A lower bound of its columns on any terminal.
std::size_t least_columns_of(std::string_view text);
/// Columns of a tab that begins at `column`.
std::size_t columns_of_tab(std::size_t column);
/// Breaks a text of several lines into rows that fit. A continuation row is indented as the further
/// lines of a message are, so that of a message only the first row begins at the margin. Characters
/// that some terminals draw wide count as wide, and none is taken apart. A window that is made
/// narrower afterwards may break these rows again.
std::string with_hanging_indent(std::string_view text, std::size_t columns);
struct ScreenSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};
/// The size of the terminal at standard output; unknown numbers have the defaults above.
ScreenSize screen_size();
/// Makes the C library count characters as UTF-8, whatever the locale. Call it before other threads
/// run.
void use_utf8();
/// The beginning of `line` that fits in `columns`, with the colour escape sequences of all of it.
std::string fitting(std::string_view line, std::size_t columns);

}  // namespace palabre::client
