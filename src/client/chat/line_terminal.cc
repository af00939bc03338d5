#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <boost/asio/signal_set.hpp>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "client/blocking_output.h"
#include "client/chat/draft.h"
#include "client/chat/printed_rows.h"
#include "client/chat/terminal.h"
#include "client/chat/terminal_modes.h"
#include "client/descriptor_watch.h"
#include "client/signals.h"

// After <cstdio>, which readline's headers need and do not include.
#include <readline/history.h>
#include <readline/readline.h>

namespace palabre::client {
namespace {

using boost::system::error_code;

constexpr std::size_t kMostWaitingShown = 5;
constexpr std::size_t kMostMatchesShown = 100;
constexpr std::size_t kRowsOfOthers = 4;  // rows of messages that stay visible above the draft
constexpr int kMostRecalled = 1000;

/// Whether the terminal rewraps rows when its window is made narrower; others cut them off. A
/// terminal cannot be asked, but some are known by an environment variable. Unknown ones count as
/// cutting off: that may wipe too little, but never a message.
bool breaks_rows() {
  constexpr std::array kNames{
      "TMUX",       "VTE_VERSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "ALACRITTY_WINDOW_ID",
      "WT_SESSION", "TERM_PROGRAM"};
  return std::any_of(kNames.begin(), kNames.end(), [](const char* name) {
    return std::getenv(name) != nullptr;  // NOLINT(concurrency-mt-unsafe): nothing calls setenv
  });
}

/// Owns the bottom of the screen: the waiting lines, then the prompt with the draft. To print, it
/// wipes both and draws them again below. Readline edits and does not draw: it would move up by its
/// own idea of each character's width, which may differ from the terminal's, and wipe messages.
class LineTerminal final : public Terminal {
 public:
  LineTerminal(boost::asio::io_context& io, Hear hear)
      : hear_(std::move(hear)),
        input_(DescriptorWatch::for_input(io, STDIN_FILENO)),
        signals_(io, SIGINT, SIGWINCH, SIGCONT) {
    if (input_ == nullptr) throw std::logic_error("Readline is for terminals.");
    if (the_one != nullptr) throw std::logic_error("There is one readline terminal at a time.");
    the_one = this;
    use_utf8();
    set_up_readline();
    if (!is_ignored(SIGTSTP)) signals_.add(SIGTSTP);
    draw();
    wait_for_keys();
    wait_for_signals();
  }
  ~LineTerminal() override {
    wipe();
    rl_callback_handler_remove();
    rl_deprep_terminal();
    rl_outstream = stdout;
    rl_redisplay_function = rl_redisplay;  // readline's default
    rl_completion_display_matches_hook = nullptr;
    the_one = nullptr;
  }

  bool is_plain() const override { return false; }

  void print(std::string_view line) override { print_as(0, line); }

  void print_as(std::uint64_t id, std::string_view line) override {
    wipe();
    std::string rows = with_hanging_indent(line, screen_size().columns);
    put(rows);
    put("\n");
    printed_.add(id, std::move(rows));
    draw();
  }

  bool replace(std::uint64_t id, std::string_view line) override {
    if (!is_drawn_ || screen_size().columns != columns_) return false;
    const auto redraw = printed_.replace(id, with_hanging_indent(line, columns_));
    if (!redraw) return false;
    wipe();
    put(way_to_top(redraw->up) + redraw->rows);
    draw();
    return true;
  }

  void set_prompt(std::string prompt) override {
    if (prompt == prompt_) return;
    wipe();
    prompt_ = std::move(prompt);
    rl_set_prompt(prompt_.c_str());
    draw();
  }

  void set_waiting(std::vector<std::string> lines) override {
    if (lines.size() > kMostWaitingShown) {
      const std::size_t more = lines.size() - kMostWaitingShown;
      lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kMostWaitingShown));
      lines.insert(lines.begin(), fmt::format("… and {} more", more));
    }
    if (lines == waiting_) return;
    wipe();
    waiting_ = std::move(lines);
    draw();
  }

 private:
  // readline's callbacks have no context argument.
  static LineTerminal* the_one;  // NOLINT(readability-identifier-naming)

  void set_up_readline() {
    rl_readline_name = "palabre";
    rl_outstream = output_.get();
    rl_completion_display_matches_hook = [](char** matches, int count, int) {
      the_one->show_matches({matches + 1, matches + 1 + count});
    };
    // Readline's end of input may not end the chat: the destructor restores the terminal.
    rl_deprep_term_function = [] {};
    rl_prep_term_function = prepare_terminal;
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_variable_bind("enable-bracketed-paste", "on");
    rl_variable_bind("completion-ignore-case", "on");
    rl_variable_bind("bell-style", "none");  // it rings for each printed line
    rl_variable_bind("show-all-if-ambiguous", "on");
    stifle_history(kMostRecalled);
    rl_attempted_completion_function = [](const char* text, int start, int) {
      return the_one->complete(text, start);
    };
    rl_completer_word_break_characters = " \t\n";
    // Before `rl_redisplay_function` is set: else readline treats the terminal as dumb.
    rl_initialize();
    rl_redisplay_function = [] { the_one->show_draft(); };
    rl_callback_handler_install("", [](char* line) {
      // Enter is bound below, so this is the end of input. Readline begins a new prompt after it.
      std::free(line);
      the_one->wipe();
      the_one->is_at_end_ = true;
    });
    const auto on_enter = [](int, int) {
      the_one->is_entered_ = true;
      return 0;
    };
    rl_bind_key('\r', on_enter);
    rl_bind_key('\n', on_enter);
    rl_bind_keyseq("\\C-l", [](int count, int key) {
      the_one->printed_.forget();
      return rl_clear_screen(count, key);
    });
    rl_bind_keyseq("\x1b[200~", [](int count, int key) {
      the_one->is_pasted_ = true;
      return rl_bracketed_paste_begin(count, key);
    });
  }

  void wait_for_keys() {
    input_->wait([this] {
      // On a hang-up readline would accept a line that the user has not sent.
      if (is_hung_up()) return hear_.failed({EX_IOERR, "The terminal is gone."});
      if (screen_size().columns != columns_) redraw();
      rl_callback_read_char();
      if (std::exchange(is_pasted_, false)) ask_about_lines();
      if (std::exchange(is_entered_, false)) take_line();
      if (std::exchange(is_at_end_, false)) on_end();
      wait_for_keys();
    });
  }

  void wait_for_signals() {
    signals_.async_wait([this](error_code error, int signal) {
      if (error) return;
      if (signal == SIGWINCH) redraw();
      if (signal == SIGINT) on_interrupt();
      if (signal == SIGTSTP) stop();
      if (signal == SIGCONT) go_on();
      wait_for_signals();
    });
  }

  /// Ctrl-C: discards the draft; ends the input if the draft is empty.
  void on_interrupt() {
    if (rl_end == 0) return hear_.end();
    wipe();
    empty_line();
    asked_about_.clear();
    draw();
  }

  /// Draws first: `Hear::end` may go on.
  void on_end() {
    draw();
    hear_.end();
  }

  /// Ctrl-Z: restores the terminal for the shell, then stops as by default.
  void stop() {
    wipe();
    rl_deprep_terminal();
    for (const int signal : {SIGTSTP, SIGCONT}) signals_.remove(signal);
    std::raise(SIGTSTP);  // returns after SIGCONT; at once if no shell could send one
    for (const int signal : {SIGTSTP, SIGCONT}) signals_.add(signal);
    go_on();
  }

  /// The shell may have changed the terminal and moved the cursor: sets up and draws again.
  void go_on() {
    printed_.forget();
    rl_deprep_terminal();
    prepare_terminal(1);
    put("\r\x1b[J");
    draw();
  }

  /// Several pasted lines, or a line too long for one message, are sent only by another Enter.
  void ask_about_lines() {
    std::string_view pasted = rl_line_buffer;
    while (pasted.ends_with('\n')) pasted.remove_suffix(1);
    const auto lines = 1 + std::count(pasted.begin(), pasted.end(), '\n');
    const std::size_t messages = hear_.messages(rl_line_buffer);
    if (lines == 1 && messages <= 1) return;
    asked_about_ = rl_line_buffer;
    const std::string as = messages <= 1 ? "one message" : fmt::format("{} messages", messages);
    if (lines > 1) {
      return print(fmt::format(
          "-- {} lines were pasted: Enter sends them as {}, Ctrl-C takes them back.", lines, as));
    }
    print(fmt::format(
        "-- That is too long for one message: Enter sends it as {}, Ctrl-C takes it back.", as));
  }

  void take_line() {
    const std::string line = rl_line_buffer;
    if (line != asked_about_ && hear_.messages(line) > 1) return ask_about_lines();
    asked_about_.clear();
    wipe();
    if (!line.empty()) add_history(line.c_str());
    empty_line();
    draw();
    hear_.line(line);
  }

  /// Also empties the line that readline saves while the user looks through the history.
  static void empty_line() {
    rl_maybe_unsave_line();
    rl_replace_line("", 1);
    using_history();  // the Up key begins at the latest line
  }

  char** complete(const char* text, int start) {
    rl_attempted_completion_over = 1;  // no file names
    rl_completion_suppress_append = 0;
    const std::string before(rl_line_buffer, static_cast<std::size_t>(start));
    offered_ = hear_.complete(before, text);
    offered_next_ = 0;
    return rl_completion_matches(text, [](const char*, int) -> char* {
      auto& self = *the_one;
      if (self.offered_next_ == self.offered_.size()) return nullptr;
      return ::strdup(self.offered_[self.offered_next_++].c_str());
    });
  }

  void put(std::string_view text) { std::fwrite(text.data(), 1, text.size(), output_.get()); }

  void show_matches(const std::vector<std::string>& matches) {
    const std::size_t shown = std::min(matches.size(), kMostMatchesShown);
    const auto end = matches.begin() + static_cast<std::ptrdiff_t>(shown);
    print(fmt::format(
        "-- {}{}", fmt::join(matches.begin(), end, "  "),
        shown == matches.size() ? "" : fmt::format(" … and {} more", matches.size() - shown)));
  }

  void redraw() {
    wipe();
    draw();
  }

  void wipe() {
    if (!std::exchange(is_drawn_, false)) return;
    put(way_to_top(waiting_rows_.size() + draft_.cursor_row + rows_broken()));
    std::fflush(output_.get());
  }

  static std::string way_to_top(std::size_t up) {
    return (up == 0 ? "" : fmt::format("\x1b[{}A", up)) + "\r\x1b[J";
  }

  /// How many rows a narrower window has added above the cursor. A lower bound.
  std::size_t rows_broken() const {
    const std::size_t columns = screen_size().columns;
    if (!breaks_rows_ || columns >= columns_) return 0;
    const auto broken = [columns](std::size_t row) { return row == 0 ? 0 : (row - 1) / columns; };
    std::size_t more = 0;
    for (const std::size_t row : waiting_rows_) more += broken(row);
    for (std::size_t i = 0; i < draft_.cursor_row; ++i) more += broken(draft_.rows[i].columns);
    return more + std::min(draft_.cursor_column, draft_.rows[draft_.cursor_row].columns) / columns;
  }

  void draw() {
    const ScreenSize size = screen_size();
    const bool is_resized = size.columns != columns_ || size.rows != rows_of_screen_;
    if (is_resized || size.columns < kNarrowestWindow) printed_.forget();
    columns_ = size.columns;
    rows_of_screen_ = size.rows;
    waiting_rows_.clear();
    for (const std::string& line : waiting_) {
      const std::string row = fitting(line, columns_ - 1);
      waiting_rows_.push_back(least_columns_of(row));
      put(row + "\n");
    }
    draft_ = draft_of_now();
    put(draft_.text() + draft_.way_to_cursor());
    std::fflush(output_.get());
    is_drawn_ = true;
    note_bottom();
  }

  void note_bottom() {
    printed_.draw_bottom(waiting_rows_.size() + draft_.rows.size(), rows_of_screen_);
  }

  /// Readline calls this after each key.
  void show_draft() {
    if (!is_drawn_) return;
    Draft now = draft_of_now();
    const std::string before = draft_.text();
    const std::string text = now.text();
    const bool is_at_end = draft_.is_cursor_at_end && now.is_cursor_at_end;
    // The same draft: something else changed the screen. Ctrl-L clears it.
    if (text == before && draft_.way_to_cursor() == now.way_to_cursor()) return redraw();
    if (is_at_end && text.starts_with(before)) {
      put(std::string_view(text).substr(before.size()));
    } else {
      put(way_to_top(draft_.cursor_row) + text + now.way_to_cursor());
    }
    draft_ = std::move(now);
    std::fflush(output_.get());
    note_bottom();
  }

  Draft draft_of_now() const {
    const std::size_t rows = screen_size().rows;
    const std::size_t others = std::min(rows - 1, waiting_rows_.size() + kRowsOfOthers);
    return lay_out(rl_display_prompt == nullptr ? "" : rl_display_prompt,
                   {rl_line_buffer, static_cast<std::size_t>(rl_end)},
                   static_cast<std::size_t>(rl_point), columns_, rows - others);
  }

  Hear hear_;
  BlockingOutput output_ = open_blocking_output(STDOUT_FILENO);
  std::unique_ptr<DescriptorWatch> input_;
  boost::asio::signal_set signals_;
  std::string prompt_;
  std::vector<std::string> waiting_;
  const bool breaks_rows_ = breaks_rows();
  std::vector<std::size_t> waiting_rows_;  ///< the fewest columns of each row above the prompt
  Draft draft_;
  PrintedRows printed_;
  std::size_t rows_of_screen_ = 0;
  std::size_t columns_ = 0;  // of the screen when `draft_` was drawn
  bool is_drawn_ = false;
  bool is_entered_ = false;
  bool is_pasted_ = false;
  bool is_at_end_ = false;
  std::string asked_about_;  ///< another Enter sends it
  std::vector<std::string> offered_;
  std::size_t offered_next_ = 0;
};

LineTerminal* LineTerminal::the_one = nullptr;

}  // namespace

std::unique_ptr<Terminal> make_line_terminal(boost::asio::io_context& io, Terminal::Hear hear) {
  return std::make_unique<LineTerminal>(io, std::move(hear));
}

}  // namespace palabre::client
