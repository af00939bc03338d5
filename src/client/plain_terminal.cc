#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "client/line_source.h"
#include "client/terminal.h"

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
                [this] { hear_.end(); }}) {
    input_.resume();
  }

  bool is_plain() const override { return true; }
  void print(std::string_view line) override {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  }
  void set_prompt(std::string /*prompt*/) override {}
  void set_waiting(std::vector<std::string> /*lines*/) override {}

 private:
  Hear hear_;
  LineSource input_;
};

}  // namespace

std::unique_ptr<Terminal> make_plain_terminal(boost::asio::io_context& io, Terminal::Hear hear) {
  return std::make_unique<PlainTerminal>(io, std::move(hear));
}

}  // namespace palabre::client
