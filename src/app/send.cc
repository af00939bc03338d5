#include "app/send.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <utility>
#include <variant>

#include "app/member_client.h"
#include "client/line_source.h"

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
    auto member = MemberClient::open(io_, options_.target, options_.nicks,
                                     {[this] { take_outcomes(); }, [](bool) {},
                                      [this](const Error& error) {
                                        if (!options_.wait && !was_online_) end(error);
                                      },
                                      [this](const Error& error) { end(error); }});
    if (!member) return Unexpected<Error>(member.error());
    member_ = *std::move(member);
    session().join(room_, {.last = 0, .invite = options_.target.invite.value_or("")}, clock_now());
    if (options_.text) {
      take_line(*options_.text);
      is_all_taken_ = true;
    } else {
      input_ = std::make_unique<client::LineSource>(
          io_, STDIN_FILENO,
          client::LineSource::Hear{[this](std::string line) { return take_line(std::move(line)); },
                                   [this] { on_end_of_input(); }});
      input_->resume();
    }
    be_patient();
    member_->connector().start();
    io_.run();
    return result_;
  }

 private:
  client::Session& session() { return member_->session(); }

  /// False: no more for now.
  bool take_line(std::string line) {
    if (options_.multiline && input_) {
      if (all_.size() + line.size() < client::LineSource::kMostLineBytes) all_ += line + "\n";
      return true;
    }
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!is_blank(line)) post(line);
    // Some stay free: a line that is read already must have its place.
    return session().waiting() < client::Outbox::kMostPosts / 2;
  }

  void on_end_of_input() {
    is_all_taken_ = true;
    while (!all_.empty() && all_.back() == '\n') all_.pop_back();
    if (!is_blank(all_)) post(all_);
    member_->connector().follow_up();  // it may all be kept already
  }

  void post(std::string_view text) {
    be_patient();
    const auto post = session().post(room_, chat::Kind::kText, text, clock_now());
    if (!post) refuse(post.error().sentence);
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
    was_in_ = true;
    if (!joined.on_disk && options_.kept) {
      end({EX_UNAVAILABLE,
           fmt::format("{} is a memory room, which keeps nothing; nothing was sent. Send to "
                       "another, or without --kept.",
                       joined.room.text)});
    }
  }
  void see(const client::Kept& kept) {
    be_patient();
    if (kept.on_disk) return;
    fmt::print("#{}, not kept\n", kept.line.number.value);
    std::fflush(stdout);
  }
  void see(const client::PostRefused& refused) {
    if (was_in_) refuse(refused.words);  // else it is the room that is refused, which comes next
  }
  void see(const client::JoinRefused& refused) {
    const bool invited = refused.why != client::JoinRefused::Why::kNotInvited;
    end({invited ? EX_UNAVAILABLE : EX_NOPERM, refused.words});
  }
  void see(const client::Offline& offline) { last_words_ = offline.words; }
  void see(const client::Ended& ended) {
    if (!is_over_) end(error_of(ended));
  }
  void see(const client::Welcomed& /*welcomed*/) { was_online_ = true; }
  template <typename T>
  void see(const T&) {}

  void refuse(const std::string& words) {
    be_patient();
    ++refused_;
    fmt::print(stderr, "palabre: {}\n", words);
  }

  void finish() {
    if (refused_ == 0) return end({EX_OK, ""});
    end({EX_DATAERR, fmt::format("{} of the messages {} refused, as said above; the others are "
                                 "in the log.",
                                 refused_, refused_ == 1 ? "was" : "were")});
  }

  /// From now on, again as long as `timeout`.
  void be_patient() {
    patience_.expires_after(options_.timeout);
    patience_.async_wait([this](boost::system::error_code error) {
      if (error || is_over_) return;
      const bool is_idle = session().is_online() && session().waiting() == 0;
      if (is_idle) return be_patient();  // whoever writes to our input is not in a hurry
      end({EX_TEMPFAIL,
           fmt::format("No answer for {} s, and {} messages are not known to be kept{}. Send them "
                       "again, at the risk that they appear twice.",
                       options_.timeout.count(), session().waiting(),
                       last_words_.empty() ? "" : " (" + last_words_ + ")")});
    });
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
  boost::asio::steady_timer patience_;
  std::unique_ptr<MemberClient> member_;
  std::unique_ptr<client::LineSource> input_;
  std::string all_;
  std::string last_words_;
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
