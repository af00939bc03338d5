#include "app/send.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>
#include <variant>

#include "app/member_client.h"
#include "client/line_source.h"
#include "client/patient_output.h"
#include "client/signals.h"

namespace palabre::app {
namespace {

using client::Outcome;

chat::Instant clock_now() { return std::chrono::steady_clock::now(); }

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

class Sender {
 public:
  Sender(boost::asio::io_context& io, const SendOptions& options)
      : io_(io), options_(options), room_(options.target.room), patience_(io) {}

  Result<void> run() {
    auto member = MemberClient::open(io_, options_.target, options_.nicks.wanted,
                                     {[this] { take_outcomes(); }, [](bool) {},
                                      [this](const Error& error) {
                                        if (!options_.wait && !was_online_) end(error);
                                      },
                                      [this](const Error& error) { end(error); }});
    if (!member) return Unexpected<Error>(member.error());
    member_ = *std::move(member);
    session().join(room_, {.last = 0, .invite = options_.target.invite.value_or("")}, clock_now());
    if (!options_.kept) begin();  // else once the room says that it keeps what is sent
    const client::EndSignals signals(io_, {SIGTERM, SIGHUP, SIGINT},
                                     [this](Error error) { break_off(std::move(error)); });
    be_patient();
    member_->connector().start();
    io_.run();
    return result_;
  }

 private:
  client::Session& session() { return member_->session(); }

  void begin() {
    if (options_.text) {
      if (!is_blank(*options_.text)) post(*options_.text);
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

  /// False: no more for now.
  bool take_line(std::string line) {
    if (is_over_) return false;
    if (options_.multiline) return take_part(line);
    ++line_;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!is_blank(line)) post(line);
    // Some stay free: a line that is read already must have its place.
    return session().waiting() < client::Outbox::kMostPosts / 2;
  }

  /// Of what is one message; a part of it alone would be another message.
  bool take_part(const std::string& line) {
    constexpr std::size_t kMost = client::Session::kMostPostBytes;
    const bool fits = all_.size() + line.size() <= kMost;
    if (fits) {
      all_ += line + "\n";
    } else {
      end({EX_DATAERR,
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
    member_->connector().follow_up();  // it may all be kept already
  }

  void post(std::string_view text) {
    // While anything waits, only an answer is progress.
    if (session().waiting() == 0) be_patient();
    const auto post = session().post(room_, chat::Kind::kText, text, clock_now());
    if (post) {
      lines_[*post] = line_;
    } else {
      refuse(line_, post.error().sentence);
    }
    member_->connector().follow_up();
  }

  void take_outcomes() {
    for (Outcome& outcome : session().take_outcomes()) {
      std::visit([this](const auto& one) { see(one); }, outcome);
    }
    if (is_over_) return;
    if (input_ && session().waiting() < client::Outbox::kMostPosts / 4) input_->resume();
    if (is_all_taken_ && session().waiting() == 0) finish();
  }

  void see(const client::Joined& joined) {
    be_patient();
    room_ = joined.room;
    const bool is_first = !std::exchange(was_in_, true);
    if (!options_.kept) return;
    if (!joined.on_disk) {
      return end({EX_UNAVAILABLE,
                  fmt::format("{} is a memory room, which keeps nothing; {}. Send to another, or "
                              "without --kept.",
                              joined.room.text,
                              is_first ? "nothing was sent" : "what waited was not kept")});
    }
    if (is_first) begin();
  }
  void see(const client::Kept& kept) {
    be_patient();
    lines_.erase(kept.post);
    ++kept_;
    if (kept.on_disk) return;
    std::fputs(fmt::format("#{}, not kept\n", kept.line.number.value).c_str(), output_.get());
    std::fflush(output_.get());
  }
  void see(const client::PostRefused& refused) {
    if (!was_in_ || is_over_) return;  // it is the room that is refused, which is said once
    be_patient();
    const auto line = lines_.extract(refused.post);
    refuse(line.empty() ? 0 : line.mapped(), refused.words);
  }
  void see(const client::JoinRefused& refused) {
    const bool invited = refused.why != client::JoinRefused::Why::kNotInvited;
    end({invited ? EX_UNAVAILABLE : EX_NOPERM, refused.words});
  }
  void see(const client::Offline& offline) { last_words_ = offline.words; }
  void see(const client::Ended& ended) {
    if (!is_over_) end(error_of(ended));
  }
  void see(const client::Welcomed& welcomed) {
    was_online_ = true;
    if (!welcomed.again) tell_other_nick(options_.nicks, welcomed.nick);
  }
  template <typename T>
  void see(const T&) {}

  /// `line` 0: all that there is.
  void refuse(std::uint64_t line, const std::string& words) {
    ++refused_;
    if (line == 0) return end({EX_DATAERR, words});
    fmt::print(stderr, "palabre: Line {}: {}\n", line, words);
  }

  void finish() {
    if (refused_ == 0) return end({EX_OK, ""});
    const std::string which =
        kept_ > 0 ? fmt::format(
                        "{} of the messages {} refused, as said above; the others "
                        "are in the log.",
                        refused_, refused_ == 1 ? "was" : "were")
        : refused_ == 1 ? "The only message was refused, as said above."
                        : fmt::format("All {} messages were refused, as said above.", refused_);
    end({EX_DATAERR, which});
  }

  /// From now on, again as long as `timeout`.
  void be_patient() {
    patience_.expires_after(options_.timeout);
    patience_.async_wait([this](boost::system::error_code error) {
      if (error || is_over_) return;
      const bool is_idle = session().is_online() && session().waiting() == 0;
      if (is_idle) return be_patient();  // whoever writes to our input is not in a hurry
      end({EX_TEMPFAIL, words_of_patience()});
    });
  }

  std::string words_of_patience() {
    const std::size_t waiting = session().waiting();
    const std::string why = last_words_.empty() ? "" : " (" + last_words_ + ")";
    const auto seconds = options_.timeout.count();
    if (waiting == 0) {
      return fmt::format("No answer for {} s{}, and nothing more was sent; try again.", seconds,
                         why);
    }
    return fmt::format(
        "No answer for {} s, and {} not known to be kept{}. Send {} again, at the "
        "risk that {} twice.",
        seconds, waiting == 1 ? "1 message is" : fmt::format("{} messages are", waiting), why,
        waiting == 1 ? "it" : "them", waiting == 1 ? "it appears" : "they appear");
  }

  /// Whatever waits for an answer now is lost sight of.
  void break_off(Error error) {
    if (const std::size_t waiting = session().waiting(); waiting > 0) {
      error.sentence += fmt::format("{}Messages that are not known to be kept: {}.",
                                    error.sentence.empty() ? "" : " ", waiting);
    }
    end(std::move(error));
  }

  void end(Error error) {
    if (std::exchange(is_over_, true)) return;
    if (error.exit_code != EX_OK) result_ = Unexpected<Error>(std::move(error));
    session().quit(clock_now());
    member_->connector().stop();
    io_.stop();
  }

  boost::asio::io_context& io_;
  const SendOptions& options_;
  chat::RoomName room_;
  client::PatientOutput output_ = client::open_patient_output(STDOUT_FILENO);
  boost::asio::steady_timer patience_;
  std::unique_ptr<MemberClient> member_;
  std::unique_ptr<client::LineSource> input_;
  std::string all_;
  std::string last_words_;
  std::uint64_t line_ = 0;                         // of the input; 0: it is one message
  std::map<client::PostId, std::uint64_t> lines_;  // of what waits
  std::uint64_t kept_ = 0;
  std::uint64_t refused_ = 0;
  bool is_all_taken_ = false;
  bool was_in_ = false;
  bool was_online_ = false;  // from then on only patience ends it
  bool is_over_ = false;
  Result<void> result_;
};

}  // namespace

Result<void> send(const SendOptions& options) {
  boost::asio::io_context io(1);
  return Sender(io, options).run();
}

}  // namespace palabre::app
