#include "app/member/send.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "client/line_source.h"
#include "client/server_words.h"

namespace palabre::app {
namespace {

using client::Outcome;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

class Sender {
 public:
  Sender(boost::asio::io_context& io, const SendOptions& options, Output& output)
      : io_(io),
        options_(options),
        room_(options.errand.target.room),
        output_(output),
        errand_(io, options.errand,
                {[this] { take_outcomes(); }, [this] { on_impatience(); },
                 [this](Error error) { break_off(std::move(error)); }}) {}

  Result<void> run() {
    return errand_.run([this] {
      if (!options_.kept) begin();  // else in see(Joined), once the room is known to store messages
    });
  }

 private:
  client::Session& session() { return errand_.session(); }

  void begin() {
    if (options_.text) {
      post(*options_.text);
      is_all_taken_ = true;
      return;
    }
    input_ = std::make_unique<client::LineSource>(
        io_, STDIN_FILENO,
        client::LineSource::Hear{[this](std::string line) { return take_line(std::move(line)); },
                                 [this] { on_end_of_input(); },
                                 [this](Error error) { break_off(std::move(error)); }});
    input_->resume();
  }

  /// False: pause the input.
  bool take_line(std::string line) {
    if (errand_.is_over()) return false;
    if (options_.multiline) return take_part(line);
    ++line_;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!is_blank(line)) post(line);
    // Pauses at half of the outbox: a line that is read already must still fit.
    return session().waiting() < client::Outbox::kMostPosts / 2;
  }

  /// Collects --multiline input: one message. Too long an input is not sent in part.
  bool take_part(const std::string& line) {
    constexpr std::size_t kMost = client::Session::kMostPostBytes;
    const bool fits = all_.size() + line.size() <= kMost;
    if (fits) {
      all_ += line + "\n";
    } else {
      errand_.end(
          {EX_DATAERR,
           fmt::format("Nothing was sent: standard input is one message here, and no server "
                       "takes one of more than {} KiB.",
                       kMost >> 10)});
    }
    return fits;
  }

  void on_end_of_input() {
    is_all_taken_ = true;
    while (!all_.empty() && all_.back() == '\n') all_.pop_back();
    if (!is_blank(all_)) post(all_);
    errand_.connector().follow_up();  // all posts may be answered already
  }

  void post(std::string_view text) {
    // While posts wait for answers, only an answer counts as progress.
    if (session().waiting() == 0) errand_.be_patient();
    const auto post = session().post(room_, chat::Kind::kText, text, clock_now());
    if (post) {
      lines_[*post] = line_;
    } else {
      refuse(line_, post.error().sentence);
    }
    errand_.connector().follow_up();
  }

  void take_outcomes() {
    for (Outcome& outcome : session().take_outcomes()) {
      std::visit([this](const auto& one) { see(one); }, outcome);
    }
    if (errand_.is_over()) return;
    if (input_ && session().waiting() < client::Outbox::kMostPosts / 4) input_->resume();
    if (is_all_taken_ && session().waiting() == 0) finish();
  }

  void see(const client::Joined& joined) {
    errand_.be_patient();
    room_ = joined.room;
    const bool is_first = !std::exchange(was_in_, true);
    if (!options_.kept) return;
    if (!joined.on_disk) {
      return errand_.end(
          {EX_UNAVAILABLE,
           fmt::format("{} is a memory room, which keeps nothing; {}. Send to another, or "
                       "without --kept.",
                       joined.room.text,
                       is_first ? "nothing was sent" : "what waited was not kept")});
    }
    if (is_first) begin();
  }
  void see(const client::Kept& kept) {
    errand_.be_patient();
    lines_.erase(kept.post);
    ++kept_;
    if (kept.on_disk) return;
    output_.print(fmt::format("#{}, not kept\n", kept.line.number.value));
    output_.flush();
  }
  void see(const client::PostRefused& refused) {
    if (!was_in_ || errand_.is_over()) return;  // the room is refused, which is reported once
    errand_.be_patient();
    const auto line = lines_.extract(refused.post);
    refuse(line.empty() ? 0 : line.mapped(), refused.words);
  }
  void see(const client::Slowed& slowed) {
    errand_.be_patient();  // it waits for its turn
    if (std::exchange(is_slowed_, true)) return;
    fmt::print(stderr, "palabre: {}; the rest waits for its turn.\n",
               client::words_of_pace(slowed));
  }
  void see(const client::Offline& offline) { last_words_ = offline.words; }
  template <typename T>
  void see(const T& outcome) {
    errand_.see(outcome);
  }

  /// `line` 0: there is only one message.
  void refuse(std::uint64_t line, const std::string& words) {
    ++refused_;
    if (line == 0) return errand_.end({EX_DATAERR, words});
    fmt::print(stderr, "palabre: Line {}: {}\n", line, words);
  }

  void finish() {
    if (refused_ == 0) return errand_.end({EX_OK, ""});
    const std::string which =
        kept_ > 0 ? fmt::format(
                        "{} of the messages {} refused, as said above; the others "
                        "are in the log.",
                        refused_, refused_ == 1 ? "was" : "were")
        : refused_ == 1 ? "The only message was refused, as said above."
                        : fmt::format("All {} messages were refused, as said above.", refused_);
    errand_.end({EX_DATAERR, which});
  }

  void on_impatience() {
    const bool is_idle = session().is_online() && session().waiting() == 0;
    if (is_idle) return errand_.be_patient();  // the writer of our input is slow
    errand_.end({EX_TEMPFAIL, words_of_patience()});
  }

  std::string words_of_patience() {
    const std::size_t waiting = session().waiting();
    const std::string why = last_words_.empty() ? "" : " (" + last_words_ + ")";
    const auto seconds = options_.errand.timeout.count();
    if (waiting == 0) {
      return fmt::format("No answer for {} s{}, and nothing more was sent; try again.", seconds,
                         why);
    }
    const std::size_t in_doubt = session().in_doubt();
    std::string words =
        fmt::format("No answer for {} s, and {}{}. Send {} again", seconds,
                    client::words_of_waiting(waiting, in_doubt), why, waiting == 1 ? "it" : "them");
    // Messages that were never sent cannot appear twice.
    if (in_doubt == 1) words += ", at the risk that it appears twice";
    if (in_doubt > 1) words += ", at the risk that they appear twice";
    return words + ".";
  }

  /// Ends early, and reports the posts that have no answer.
  void break_off(Error error) {
    if (const std::size_t waiting = session().waiting(); waiting > 0) {
      error.sentence +=
          fmt::format("{}Of what was to be sent, {}.", error.sentence.empty() ? "" : " ",
                      client::words_of_waiting(waiting, session().in_doubt()));
    }
    errand_.end(std::move(error));
  }

  boost::asio::io_context& io_;
  const SendOptions& options_;
  chat::RoomName room_;
  Output& output_;
  Errand errand_;
  std::unique_ptr<client::LineSource> input_;
  std::string all_;
  std::string last_words_;
  std::uint64_t line_ = 0;                         // of the input; 0: there is only one message
  std::map<client::PostId, std::uint64_t> lines_;  // of posts without an answer
  std::uint64_t kept_ = 0;
  std::uint64_t refused_ = 0;
  bool is_all_taken_ = false;
  bool was_in_ = false;
  bool is_slowed_ = false;
};

}  // namespace

Result<void> send(const SendOptions& options, Output& output) {
  boost::asio::io_context io(1);
  return Sender(io, options, output).run();
}

}  // namespace palabre::app
