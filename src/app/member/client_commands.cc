#include "app/member/client_commands.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <chrono>
#include <utility>

#include "app/member/send.h"
#include "app/member/tail.h"
#include "app/moment.h"
#include "base/clock.h"
#include "client/chat/chat.h"
#include "wire/names.h"
#include "wire/text.h"

namespace palabre::app {
namespace {

constexpr const char* kTargetHelp =
    "HOST[:PORT][/ROOM], /ROOM on the usual host, or an invite link (default: /lobby)";

Unexpected<Error> usage(std::string sentence) { return fail(Error{EX_USAGE, std::move(sentence)}); }

}  // namespace

ClientCommands::ClientCommands(CLI::App& palabre) {
  CLI::App* chat = add(palabre, What::kChat, "chat", "Talk, as a member");
  chat->add_option("TARGET", target_, kTargetHelp)->type_name("");
  chat->add_flag("--plain", plain_, "No colours, nothing redrawn: for screen readers and pipes");
  chat->footer("Example:\n  palabre chat chat.example/ops");

  CLI::App* send = add(palabre, What::kSend, "send", "Post, and know that it was kept");
  send->add_option("TARGET", target_, kTargetHelp)->type_name("")->required();
  send->add_option("TEXT", text_, "The message (default: standard input, a line a message)")
      ->type_name("");
  send->add_flag("--multiline", multiline_, "Standard input is one message");
  send->add_flag("--kept", kept_, "Fail where the room keeps nothing");
  send->footer(
      "Exit code: 0 the server has kept it all; 65 some was refused; 68 no such host; 69 no server "
      "there; 74 the input cannot be read; 75 no answer, try again; 77 not allowed.\n"
      "Example:\n  make 2>&1 | palabre send /ops");

  CLI::App* tail = add(palabre, What::kTail, "tail", "Print what is said in a room");
  tail->add_option("TARGET", target_, kTargetHelp)->type_name("")->required();
  tail->add_option("--from", from_, "From this number on (default: the last 20)")
      ->type_name("NUMBER");
  tail->add_option("--since", since_, "From this moment on: 2h (ago), 2026-11-23, 2026-11-23T10:30")
      ->type_name("TIME");
  tail->add_flag("--json", json_, "A line of JSON a message");
  tail->add_flag("--follow", follow_, "Go on with what is said from now on");
  tail->footer("Example:\n  palabre tail /ops --follow --json | jq .text");

  for (CLI::App* command : {send, tail}) {
    command->add_flag("--wait", wait_, "Wait for a server that cannot be reached");
    command->add_option("--timeout", timeout_seconds_, "Give up after so long (default: 30)")
        ->type_name("SECONDS")
        ->check(CLI::Range(1, 86'400));
  }
}

CLI::App* ClientCommands::add(CLI::App& palabre, What what, const char* name, const char* about) {
  CLI::App* command = palabre.add_subcommand(name, about);
  command->add_option("--nick", nick_, "The nickname to want (default: your account's name)")
      ->type_name("NAME");
  command->callback([this, what] { what_ = what; });
  return command;
}

Result<void> ClientCommands::run() const {
  TRY(const auto config, usual_client_config());
  if (nick_ && !wire::parse_nick(*nick_)) {
    return usage(
        fmt::format("{} can be no nickname: at most 24 letters and digits, with - _ . "
                    "after the first.",
                    *nick_));
  }
  TRY(const auto target, wire::parse_target(target_, config.host));
  switch (*what_) {
    case What::kChat:
      return chat(config, target);
    case What::kSend:
      return send(target, nicks(config));
    case What::kTail:
      return tail(target, nicks(config));
  }
  return {};
}

/// Another than the one that was named is nobody's wish.
client::Nicks ClientCommands::nicks(const ClientConfig& config) const {
  if (nick_) return {{*nick_}, true};
  return {config.nick ? std::vector{*config.nick} : usual_nicks()};
}

Result<void> ClientCommands::chat(const ClientConfig& config, const wire::Target& target) const {
  return client::chat({target, nicks(config), config.colour, plain_ || config.plain});
}

ErrandOptions ClientCommands::errand(const wire::Target& target, client::Nicks nicks) const {
  return {target, std::move(nicks), wait_, std::chrono::seconds(timeout_seconds_)};
}

Result<void> ClientCommands::send(const wire::Target& target, client::Nicks nicks) const {
  if (text_ && multiline_)
    return usage("--multiline is for standard input; a TEXT is one message.");
  return app::send({errand(target, std::move(nicks)), text_, multiline_, kept_});
}

Result<void> ClientCommands::tail(const wire::Target& target, client::Nicks nicks) const {
  TailOptions options{errand(target, std::move(nicks)), std::nullopt, std::nullopt, json_, follow_};
  if (from_ && !since_.empty()) return usage("--from and --since are two beginnings; name one.");
  if (from_) {
    options.from = wire::parse_message_number(*from_);
    if (!options.from) {
      return usage(fmt::format("--from {} is no message's number; write 1 or more.", *from_));
    }
  }
  if (!since_.empty()) {
    const auto moment = parse_moment(since_, wall_clock_now().microseconds);
    if (!moment) {
      return usage(
          fmt::format("--since {} is no time; write 2h, 2026-11-23 or 2026-11-23T10:30.", since_));
    }
    options.since = WallTime{*moment};
  }
  return app::tail(options);
}

}  // namespace palabre::app
