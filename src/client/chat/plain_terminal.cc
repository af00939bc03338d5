#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

#include "client/blocking_output.h"
#include "client/chat/terminal.h"
#include "client/line_source.h"

namespace palabre::client {
namespace {

class PlainTerminal final : public Terminal {
 public:
  PlainTerminal(boost::asio::io_context& io, Hear hear)
      : hear_(std::move(hear)),
        input_(io, STDIN_FILENO,
               {[this](std::string line) {
                  hear_.line(std::move(line));
                  return true;
                },
                [this] { hear_.end(); }, [this](Error error) { hear_.failed(std::move(error)); }}) {
    use_utf8();
    input_.resume();
  }

  bool is_plain() const override { return true; }
  void print(std::string_view line) override {
    const std::string rows =
        is_screen_ ? with_hanging_indent(line, screen_size().columns) : std::string(line);
    if (why_ != 0) return;
    errno = 0;
    std::fwrite(rows.data(), 1, rows.size(), output_.get());
    std::fputc('\n', output_.get());
    const bool failed = std::fflush(output_.get()) != 0 || std::ferror(output_.get()) != 0;
    if (failed) why_ = errno == 0 ? EIO : errno;
  }
  int output_failure() const override { return why_; }
  void set_prompt(std::string /*prompt*/) override {}
  void set_waiting(std::vector<std::string> /*lines*/) override {}

 private:
  Hear hear_;
  const bool is_screen_ = ::isatty(STDOUT_FILENO) != 0;  // else lines are not wrapped
  int why_ = 0;                                          // errno of the first failure
  BlockingOutput output_ = open_blocking_output(STDOUT_FILENO);
  LineSource input_;
};

}  // namespace

std::unique_ptr<Terminal> make_plain_terminal(boost::asio::io_context& io, Terminal::Hear hear) {
  return std::make_unique<PlainTerminal>(io, std::move(hear));
}

}  // namespace palabre::client
