#include "app/member/tail.h"

#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <deque>
#include <memory>
#include <utility>
#include <variant>

#include "app/dated_lines.h"
#include "base/clock.h"
#include "client/descriptor_watch.h"
#include "wire/json.h"
#include "wire/text.h"

namespace palabre::app {
namespace {

constexpr std::uint64_t kLast = 20;
// Live messages held back while the past is read; beyond these limits they are dropped, and read
// from the log like the past.
constexpr std::size_t kMostAhead = 4096;
constexpr std::size_t kMostAheadBytes = std::size_t{4} << 20;

std::string as_json(const chat::RoomName& room, const client::Line& line) {
  return wire::encode_json(room, line.number, line.message, line.kept_at);
}

std::string as_json(const chat::RoomName& room, const client::Missed& missed) {
  if (missed.new_log) {
    return wire::encode_json_of_new_log(room, missed.from, missed.to, missed.words);
  }
  return wire::encode_json(room, chat::Missing{missed.from, missed.to, missed.why}, missed.words);
}

std::string as_text(DatedLines& lines, const client::Line& line) {
  return lines.show(line.number, line.message, line.kept_at);
}

std::string as_text(DatedLines& /*lines*/, const client::Missed& missed) {
  if (missed.new_log) return fmt::format("-- The room began anew. {}\n", missed.words);
  return fmt::format("-- #{} to #{} are missing. {}\n", missed.from.value, missed.to.value,
                     missed.words);
}

std::string as_json(const chat::RoomName& room, const chat::NumberRanges& removed) {
  return wire::encode_json(room, removed);
}

std::string as_text(DatedLines& /*lines*/, const chat::NumberRanges& removed) {
  return wire::encode_removed(removed);
}

class Tail {
 public:
  Tail(boost::asio::io_context& io, const TailOptions& options, Output& output)
      : options_(options),
        room_(options.errand.target.room),
        errand_(io, options.errand,
                {[this] { take_outcomes(); }, [this] { on_impatience(); },
                 [this](Error error) { errand_.end(std::move(error)); }}),
        output_(output),
        reader_(client::DescriptorWatch::for_hang_up(io, STDOUT_FILENO)) {}

  Result<void> run() {
    return errand_.run([this] {
      if (reader_) reader_->wait([this] { on_unwritten(); });
    });
  }

 private:
  enum class State { kJoining, kSearching, kReading, kFollowing };

  client::Session& session() { return errand_.session(); }

  void take_outcomes() {
    for (client::Outcome& outcome : session().take_outcomes()) {
      std::visit([this](auto& one) { see(one); }, outcome);
      if (errand_.is_over()) return;
    }
    if (!output_.flush()) on_unwritten();
  }

  void see(const client::Joined& joined) {
    if (state_ == State::kFollowing) return;
    errand_.be_patient();
    room_ = joined.room;
    if (state_ != State::kJoining) return ask();  // the question was lost with the connection
    end_ = joined.end.number;
    if (end_.value == 0) fmt::print(stderr, "palabre: Nothing is in {} yet.\n", room_.text);
    const std::uint64_t from = options_.from ? options_.from->value : end_.value + 1;
    if (options_.since) {
      state_ = State::kSearching;
      searched_to_ = end_;
      return search();
    }
    after_ = {options_.from ? from - 1 : end_.value - std::min(end_.value, kLast)};
    read();
  }

  /// Binary search for the first message that is not older than `since`.
  void search() {
    if (after_ >= searched_to_) return read();
    asked_ = {(after_.value + searched_to_.value) / 2};
    ask();
  }
  void read() {
    state_ = State::kReading;
    if (after_ >= end_) return follow();
    asked_ = after_;
    ask();
  }
  void ask() {
    const std::uint32_t count = state_ == State::kSearching ? 1 : client::Session::kPageLines;
    // A refusal means that there is no connection; it is asked again on the next one.
    const auto question = session().read(room_, asked_, count, clock_now());
    question_ = question ? *question : client::QuestionId{};
  }

  void see(const client::Page& page) {
    if (page.question != question_) return;
    errand_.be_patient();
    if (state_ == State::kSearching) {
      const bool is_old =
          page.lines.empty() ? page.up_to > asked_ : page.lines.front().kept_at < *options_.since;
      if (is_old) {
        after_ = page.lines.empty() ? page.up_to : page.lines.front().number;
      } else {
        searched_to_ = asked_;
      }
      return search();
    }
    auto hole = page.missed.begin();
    for (const client::Line& line : page.lines) {
      for (; hole != page.missed.end() && hole->from < line.number; ++hole) print(*hole);
      if (line.number <= end_) print(line);
    }
    for (; hole != page.missed.end(); ++hole) print(*hole);
    if (page.up_to <= after_) return follow();  // no progress: the server has nothing more to give
    after_ = page.up_to;
    read();
  }
  void see(const client::QuestionRefused& refused) {
    if (refused.question != question_ || !session().is_online()) return;
    errand_.end({EX_UNAVAILABLE, refused.words});
  }

  void follow() {
    state_ = State::kFollowing;
    if (!options_.follow) return errand_.end({EX_OK, ""});
    errand_.wait_for_ever();
    for (const auto& item : std::exchange(ahead_, {})) {
      std::visit([this](const auto& one) { print(one); }, item);
    }
  }

  void see(client::Shown& shown) {
    if (state_ == State::kFollowing) return print(shown.line);
    if (!options_.follow) return;
    ahead_bytes_ += shown.line.message.text.size();
    if (ahead_.size() >= kMostAhead || ahead_bytes_ > kMostAheadBytes) {
      end_ = shown.line.number;
      ahead_.clear();
      ahead_bytes_ = 0;
      return;
    }
    ahead_.emplace_back(std::move(shown.line));
  }
  /// Says so even of messages that are printed later, then without their texts.
  void see(const client::Removed& removed) {
    if (removed.room != room_ || state_ == State::kJoining || state_ == State::kSearching) return;
    if (!redact_ahead(removed.numbers)) drop_ahead();
    print(removed.numbers);
  }
  /// False: which of the messages held back are meant is not known.
  bool redact_ahead(const chat::NumberRanges& removed) {
    for (auto& item : ahead_) {
      auto* const line = std::get_if<client::Line>(&item);
      if (line == nullptr || !removed.contains(line->number)) continue;
      if (!removed.is_exact()) return false;
      line->message = chat::removed_message();
    }
    return true;
  }
  /// They are read from the log, like the past. Requires that there is one.
  void drop_ahead() {
    for (const auto& item : ahead_) {
      if (const auto* line = std::get_if<client::Line>(&item)) end_ = line->number;
    }
    ahead_.clear();
    ahead_bytes_ = 0;
  }
  void see(client::Missed& missed) {
    if (state_ == State::kFollowing) return print(missed);
    if (options_.follow && ahead_.size() < kMostAhead) ahead_.emplace_back(std::move(missed));
  }
  template <typename T>
  void see(const T& outcome) {
    errand_.see(outcome);
  }

  template <typename T>
  void print(const T& one) {
    const std::string text = options_.json ? as_json(room_, one) : as_text(lines_, one);
    if (!output_.print(text)) on_unwritten();
  }

  /// Standard output failed: `main` reports it when it finishes the output.
  void on_unwritten() { errand_.end({EX_OK, ""}); }

  void on_impatience() {
    const ErrandOptions& errand = options_.errand;
    errand_.end({EX_TEMPFAIL, fmt::format("No answer from {} for {} s; try again.",
                                          to_text(errand.target.server), errand.timeout.count())});
  }

  const TailOptions& options_;
  chat::RoomName room_;
  Errand errand_;
  Output& output_;
  std::unique_ptr<client::DescriptorWatch> reader_;  // null: standard output is a file, say
  DatedLines lines_;
  State state_ = State::kJoining;
  chat::Number end_;
  chat::Number after_;
  chat::Number asked_;
  chat::Number searched_to_;
  client::QuestionId question_;
  std::deque<std::variant<client::Line, client::Missed>> ahead_;
  std::size_t ahead_bytes_ = 0;
};

}  // namespace

Result<void> tail(const TailOptions& options, Output& output) {
  boost::asio::io_context io(1);
  return Tail(io, options, output).run();
}

}  // namespace palabre::app
