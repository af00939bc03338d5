#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace palabre::client {

/// Where somebody types and reads, in an event loop. What is printed is whole lines; it has been
/// made safe before.
class Terminal {
 public:
  struct Hear {
    /// A line, without its end; several where they were pasted and confirmed.
    std::function<void(std::string line)> line;
    /// No more will come.
    std::function<void()> end;
    /// It cannot be read, and no more will come.
    std::function<void(Error)> failed;
    /// What the word that is being written may become; `before` is what stands before it.
    std::function<std::vector<std::string>(std::string_view before, std::string_view word)>
        complete;
    /// How many messages a line is sent as. Where it is more than one, it is asked about before
    /// `line` hears of it.
    std::function<std::size_t(std::string_view line)> messages;
  };

  virtual ~Terminal() = default;

  /// Whether nothing that was printed can change: for pipes, and for screen readers.
  virtual bool is_plain() const = 0;
  /// Above what is being typed, which stays. `line` may have several; no newline at the end.
  virtual void print(std::string_view line) = 0;
  virtual void set_prompt(std::string prompt) = 0;
  /// Shown between what was printed and the prompt, until it is set anew. Only the last few are.
  virtual void set_waiting(std::vector<std::string> lines) = 0;
  /// The errno of the first thing that could not be printed; 0: all could. A terminal that is gone
  /// is heard of as the end of what is typed.
  virtual int output_failure() const { return 0; }
};

/// Lines in, lines out, and nothing else.
std::unique_ptr<Terminal> make_plain_terminal(boost::asio::io_context& io, Terminal::Hear hear);

/// GNU readline, with its editing, history and completion. Requires a terminal at standard input
/// and output. There can be one at a time in a process.
std::unique_ptr<Terminal> make_line_terminal(boost::asio::io_context& io, Terminal::Hear hear);

/// Where a window has fewer columns nobody can read anything, and no row is broken.
inline constexpr std::size_t kNarrowestWindow = 8;

/// How many columns a text takes on the terminal that draws it widest, escapes for colours not
/// counted.
std::size_t columns_of(std::string_view text);
/// As many as it takes on every terminal, or fewer.
std::size_t least_columns_of(std::string_view text);
/// Of a tab at that column.
std::size_t columns_of_tab(std::size_t column);
/// A text of several lines as rows that fit. A row that goes on is indented as a message's further
/// lines are: what a message says can stand at the margin in no row but its first. Rows end between
/// words where that leaves no half of a row empty; blanks that do not fit are left out. Characters
/// that some terminals draw wider than others count as wide, and none is taken apart. A window that
/// is made narrower afterwards may break these rows again.
std::string with_hanging_indent(std::string_view text, std::size_t columns);
struct ScreenSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};
/// Of the terminal at standard output; as above where nobody knows.
ScreenSize screen_size();
/// Characters are counted as UTF-8, whatever the locale. Before anything else runs.
void use_utf8();
/// As much of a line, from its beginning, as fits.
std::string fitting(std::string_view line, std::size_t columns);

}  // namespace palabre::client
