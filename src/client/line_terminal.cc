#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "client/terminal.h"

// After <cstdio>, which it forgets.
#include <readline/history.h>
#include <readline/readline.h>

namespace palabre::client {
namespace {

using boost::system::error_code;

constexpr std::size_t kMostWaitingShown = 5;
constexpr int kMostHistory = 1000;

std::size_t screen_columns() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

/// The lowest part of the screen is ours: lines that wait, then the prompt with what is typed,
/// which is readline's. To print, both are wiped, and drawn again below.
class LineTerminal final : public Terminal {
 public:
  LineTerminal(boost::asio::io_context& io, Hear hear)
      : hear_(std::move(hear)), input_(io), signals_(io, SIGINT, SIGWINCH) {
    if (the_one != nullptr) throw std::logic_error("There is one readline terminal at a time.");
    the_one = this;
    // NOLINTBEGIN(concurrency-mt-unsafe): before anything else runs
    if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1) {
      std::setlocale(LC_CTYPE, "C.UTF-8");
    }
    // NOLINTEND(concurrency-mt-unsafe)
    set_up_readline();
    input_.assign(::dup(STDIN_FILENO));
    wait_for_keys();
    wait_for_signals();
  }
  ~LineTerminal() override {
    wipe();
    rl_callback_handler_remove();
    std::fflush(stdout);
    the_one = nullptr;
  }

  bool is_plain() const override { return false; }

  void print(std::string_view line) override {
    wipe();
    fmt::print("{}\n", line);
    draw();
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
  // readline calls functions that know nothing of whose they are.
  static LineTerminal* the_one;  // NOLINT(readability-identifier-naming)

  void set_up_readline() {
    rl_readline_name = "palabre";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_variable_bind("enable-bracketed-paste", "on");
    rl_variable_bind("completion-ignore-case", "on");
    rl_variable_bind("show-all-if-ambiguous", "on");
    stifle_history(kMostHistory);
    rl_attempted_completion_function = [](const char* text, int start, int) {
      return the_one->complete(text, start);
    };
    rl_completer_word_break_characters = " \t\n";
    rl_callback_handler_install("", [](char* line) {
      // Enter is ours (below), so this is the end.
      std::free(line);
      the_one->is_at_end_ = true;
    });
    const auto on_enter = [](int, int) {
      the_one->is_entered_ = true;
      return 0;
    };
    rl_bind_key('\r', on_enter);
    rl_bind_key('\n', on_enter);
    is_drawn_ = true;
  }

  void wait_for_keys() {
    input_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](error_code error) {
      if (error) return;
      rl_callback_read_char();
      if (std::exchange(is_entered_, false)) take_line();
      if (is_at_end_) return hear_.end();
      wait_for_keys();
    });
  }

  void wait_for_signals() {
    signals_.async_wait([this](error_code error, int signal) {
      if (error) return;
      if (signal == SIGWINCH) {
        rl_resize_terminal();
      } else {
        on_interrupt();
      }
      wait_for_signals();
    });
  }

  /// Takes back what is typed; with nothing typed, it is the end.
  void on_interrupt() {
    if (rl_end == 0) return hear_.end();
    wipe();
    rl_replace_line("", 1);
    draw();
  }

  void take_line() {
    const std::string line = rl_line_buffer;
    const auto lines = 1 + std::count(line.begin(), line.end(), '\n');
    if (lines > 1 && line != asked_about_) {
      asked_about_ = line;
      print(
          fmt::format("-- {} lines were pasted: Enter sends them as one message, Ctrl-C takes "
                      "them back.",
                      lines));
      return;
    }
    asked_about_.clear();
    wipe();
    rl_replace_line("", 1);
    if (!line.empty()) add_history(line.c_str());
    draw();
    hear_.line(line);
  }

  char** complete(const char* text, int start) {
    rl_attempted_completion_over = 1;  // no names of files
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

  void wipe() {
    if (!std::exchange(is_drawn_, false)) return;
    rl_clear_visible_line();
    if (rows_ > 0) fmt::print("\x1b[{}A\x1b[J", std::exchange(rows_, 0));
    std::fflush(stdout);
  }

  void draw() {
    const std::size_t columns = screen_columns();
    for (const std::string& line : waiting_) fmt::print("{}\n", fitting(line, columns - 1));
    rows_ = waiting_.size();
    std::fflush(stdout);
    rl_on_new_line();
    rl_redisplay();
    is_drawn_ = true;
  }

  Hear hear_;
  boost::asio::posix::stream_descriptor input_;
  boost::asio::signal_set signals_;
  std::string prompt_;
  std::vector<std::string> waiting_;
  std::size_t rows_ = 0;  ///< of lines that wait, above the prompt
  bool is_drawn_ = false;
  bool is_entered_ = false;
  bool is_at_end_ = false;
  std::string asked_about_;
  std::vector<std::string> offered_;
  std::size_t offered_next_ = 0;
};

LineTerminal* LineTerminal::the_one = nullptr;

}  // namespace

std::unique_ptr<Terminal> make_line_terminal(boost::asio::io_context& io, Terminal::Hear hear) {
  return std::make_unique<LineTerminal>(io, std::move(hear));
}

}  // namespace palabre::client
