#include "client/connector.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/clock.h"

namespace palabre::client {
namespace {

using boost::system::error_code;
using Cause = link::QuicEnding::Cause;

// An attempt that has not opened after this is given up; newer ones have replaced it.
constexpr Duration kAttemptLife = std::chrono::seconds(4);
// The shortest timer, so that other handlers run in between.
constexpr Duration kLeastPause = std::chrono::milliseconds(1);

/// With a hint if `host` looks like a room's name.
std::string no_such_host(const std::string& host) {
  const bool may_be_room = host.find_first_of(".:") == std::string::npos;
  return fmt::format(
      "There is no {} to be found. Is the name right, and does this machine reach a name server?{}",
      host, may_be_room ? fmt::format(" (The room {0} is written /{0}.)", host) : "");
}

}  // namespace

Connector::Connector(boost::asio::io_context& io, Session& session, const KnownServers& known,
                     Server server, Hear hear, Naming naming)
    : io_(io),
      session_(session),
      known_(known),
      server_(std::move(server)),
      hear_(std::move(hear)),
      tls_(link::QuicTls::client()),
      resolve_pause_(naming.pause),
      lookup_(io, std::move(naming.ask)),
      timer_(io),
      resolve_timer_(io),
      owner_{
          session,
          [this](Attempt& attempt, link::Link& link, Instant now) { on_open(attempt, link, now); },
          [this](const Attempt& attempt, const link::QuicClient::Failure& failure, Instant) {
            on_failure(attempt, failure);
          },
          [this] { settle(); }} {}

Connector::~Connector() = default;

void Connector::start() {
  missing_since_ = clock_now();
  resolve();
  settle();
}

void Connector::follow_up() {
  if (is_stopped_ || std::exchange(is_asked_to_settle_, true)) return;
  boost::asio::post(io_, [this] {
    is_asked_to_settle_ = false;
    settle();
  });
}

void Connector::stop() {
  if (std::exchange(is_stopped_, true)) return;
  lookup_.cancel();
  timer_.cancel();
  resolve_timer_.cancel();
  const Instant now = clock_now();
  for (const auto& attempt : attempts_) attempt->flush(now);
  for (const auto& attempt : attempts_) attempt->hang_up(now);
}

void Connector::resolve() {
  lookup_.start(server_.name.host, server_.name.port,
                [this](const Lookup::Addresses& found) { on_resolved(found); });
}

void Connector::on_resolved(const std::vector<Address>& addresses) {
  if (!addresses.empty()) {
    plan_.set_addresses(addresses);
  } else if (plan_.size() == 0) {
    tell_trouble({EX_NOHOST, no_such_host(server_.name.host)});
  }
  resolve_later();
  settle();
}

/// Resolves again after the pause, unless a link answers: then the address is known.
void Connector::resolve_later() {
  resolve_timer_.expires_after(resolve_pause_);
  resolve_timer_.async_wait([this](error_code error) {
    if (error || is_stopped_) return;
    if (missing_since_) return resolve();
    resolve_later();
  });
}

/// Runs after every event: tells the user of outcomes, dials and sends what is due, sets the timer.
void Connector::settle() {
  if (is_stopped_ || std::exchange(is_settling_, true)) return;
  const Instant now = clock_now();
  hear_.outcomes();
  if (!is_stopped_ && !refusal_) look_after_attempts(now);
  is_settling_ = false;
  if (is_stopped_) return;
  if (!refusal_) return arm(now);
  stop();
  hear_.refused(*refusal_);
}

void Connector::look_after_attempts(Instant now) {
  const bool is_silent = session_.has_link() && session_.is_suspect(now);
  if (is_silence_told_ != is_silent) {
    is_silence_told_ = is_silent;
    hear_.silence(is_silent);
    if (is_stopped_) return;
  }
  const bool is_wanted = !session_.is_over() && (is_silent || !session_.has_link());
  if (!is_wanted) {
    missing_since_.reset();
  } else if (!missing_since_) {
    missing_since_ = now;
  }
  plan_.want(is_wanted);
  while (const auto address = plan_.next(now)) dial(*address, now);
  if (missing_since_ && now - *missing_since_ >= kPatience) {
    if (first_refusal_) return refuse(*first_refusal_);  // the other addresses do not answer
    tell_trouble({EX_UNAVAILABLE,
                  fmt::format("No answer from {}. Does the server run, and does every firewall on "
                              "the way let UDP port {} through?",
                              to_text(server_.name), server_.name.port)});
  }
  for (const auto& attempt : attempts_) attempt->flush(now);
  std::erase_if(attempts_, [&](const auto& attempt) {
    if (attempt->is_over()) return true;
    return !attempt->is_open() && (!is_wanted || now - attempt->began() >= kAttemptLife);
  });
}

void Connector::dial(const Address& address, Instant now) {
  const auto expected = known_.expected(server_.name, server_.pin_of_link);
  if (!expected) return refuse(expected.error());
  auto attempt = Attempt::dial(io_, owner_, *tls_, address, *expected, now);
  if (!attempt && attempt.error().exit_code == EX_NOHOST) {
    return on_no_server(address, attempt.error());
  }
  if (!attempt) return tell_trouble(attempt.error());
  if (attempts_.size() >= kMostAttempts) {
    const auto oldest = std::find_if(attempts_.begin(), attempts_.end(),
                                     [](const auto& one) { return !one->is_open(); });
    if (oldest == attempts_.end()) return;
    attempts_.erase(oldest);
  }
  attempts_.push_back(*std::move(attempt));
}

void Connector::on_open(Attempt& attempt, link::Link& link, Instant now) {
  const auto seen = known_.confirm(server_.name, server_.pin_of_link, *attempt.seen());
  if (!seen) return refuse(seen.error());
  trust_ = *seen;
  pin_ = attempt.seen();
  plan_.answered(attempt.server());
  is_trouble_told_ = false;
  failed_.clear();
  first_refusal_.reset();
  session_.on_open(link, now);
}

void Connector::on_failure(const Attempt& attempt, const link::QuicClient::Failure& failure) {
  switch (failure.ending.cause) {
    case Cause::kWrongPin: {
      if (!attempt.seen()) return;
      const auto why = known_.confirm(server_.name, server_.pin_of_link, *attempt.seen());
      if (!why) on_no_server(attempt.server(), why.error());
      return;
    }
    case Cause::kWrongTls:
    case Cause::kOtherVersion:
      return on_no_server(
          attempt.server(),
          Error{EX_PROTOCOL,
                fmt::format("{} is a server, but not one that speaks palabre/1. Is that the "
                            "right port, and the server's version not older than this one?",
                            to_text(server_.name))});
    case Cause::kUnreachable:
      return on_no_server(attempt.server(), std::nullopt);
    case Cause::kTurnedAway:
      return tell_trouble({EX_NOPERM, fmt::format("{} takes no connection from here. {}",
                                                  to_text(server_.name), failure.ending.why)});
    default:
      return;  // `plan_` tries again
  }
}

/// The refusal of one address is not final: the server may be at another address of the name.
void Connector::on_no_server(const Address& address, const std::optional<Error>& refusal) {
  plan_.gave_up();
  if (refusal && !first_refusal_) first_refusal_ = refusal;
  if (std::find(failed_.begin(), failed_.end(), address) == failed_.end()) {
    failed_.push_back(address);
  }
  if (!missing_since_ || failed_.size() < plan_.size()) return;
  if (first_refusal_) return refuse(*first_refusal_);
  tell_trouble({EX_UNAVAILABLE,
                fmt::format("Nobody listens at {} on UDP port {}. Start the server there (palabre "
                            "serve), or name the right host and port.",
                            server_.name.host, server_.name.port)});
}

void Connector::tell_trouble(const Error& error) {
  if (is_stopped_ || std::exchange(is_trouble_told_, true)) return;
  hear_.trouble(error);
}

/// `settle` stops later: a connection may be reading at the moment.
void Connector::refuse(Error error) {
  if (!refusal_) refusal_ = std::move(error);
}

std::optional<Instant> Connector::next_deadline(Instant now) const {
  std::optional<Instant> next;
  const auto consider = [&](const std::optional<Instant>& due) {
    if (due) next = std::min(next.value_or(*due), *due);
  };
  for (const auto& attempt : attempts_) {
    consider(attempt->next_deadline());
    if (!attempt->is_open()) consider(attempt->began() + kAttemptLife);
  }
  const auto session = session_.next_deadline();
  if (session && *session > now) consider(session);
  consider(plan_.next_deadline());
  if (missing_since_ && !is_trouble_told_) consider(*missing_since_ + kPatience);
  return next;
}

void Connector::arm(Instant now) {
  const auto due = next_deadline(now);
  if (!due) return;
  timer_.expires_at(std::max(*due, now + kLeastPause));
  timer_.async_wait([this](error_code error) {
    if (error || is_stopped_) return;
    const Instant at = clock_now();
    for (const auto& attempt : std::vector(attempts_)) attempt->on_deadline(at);
    session_.on_deadline(at);
    settle();
  });
}

}  // namespace palabre::client
