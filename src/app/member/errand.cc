#include "app/member/errand.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <csignal>
#include <cstdio>
#include <utility>

#include "base/clock.h"
#include "client/signals.h"

namespace palabre::app {
Errand::Errand(boost::asio::io_context& io, const ErrandOptions& options, Hear hear)
    : io_(io), options_(options), hear_(std::move(hear)), patience_(io) {}

Result<void> Errand::run(const std::function<void()>& begin) {
  TRY(member_,
      client::MemberClient::open(io_, options_.target, options_.strict, options_.nicks.wanted,
                                 {hear_.outcomes, [](bool) {},
                                  [this](const Error& error) {
                                    if (!options_.wait && !was_online_) end(error);
                                  },
                                  [this](const Error& error) { end(error); }}));
  session().join(options_.target.room, {.last = 0, .invite = options_.target.invite.value_or("")},
                 clock_now());
  begin();
  const client::EndSignals signals(io_, {SIGTERM, SIGHUP, SIGINT}, hear_.signal);
  be_patient();
  connector().start();
  io_.run();
  return result_;
}

void Errand::be_patient() {
  patience_.expires_after(options_.timeout);
  patience_.async_wait([this](boost::system::error_code error) {
    if (!error && !is_over_) hear_.impatience();
  });
}

void Errand::end(Error error) {
  if (std::exchange(is_over_, true)) return;
  if (error.exit_code != EX_OK) result_ = fail(std::move(error));
  session().quit(clock_now());
  connector().stop();
  io_.stop();
}

void Errand::see(const client::Welcomed& welcomed) {
  was_online_ = true;
  if (welcomed.again) return;
  for (const auto& words : {client::other_nick_words(options_.nicks, welcomed.nick),
                            client::trust_words(options_.target.server, connector())}) {
    if (words) std::fputs(fmt::format("palabre: {}\n", *words).c_str(), stderr);
  }
}

void Errand::see(const client::JoinRefused& refused) {
  const bool invited = refused.why != client::JoinRefused::Why::kNotInvited;
  end({invited ? EX_UNAVAILABLE : EX_NOPERM, refused.words});
}

void Errand::see(const client::Ended& ended) {
  if (!is_over_) end(client::error_of(ended));
}

}  // namespace palabre::app
