#include "app/control/control_commands.h"

#include <fmt/format.h>
#include <sysexits.h>

#include "app/control/control_client.h"
#include "base/fail.h"
#include "base/time_text.h"
#include "wire/invite.h"
#include "wire/link_uri.h"

namespace palabre::app {
namespace {

constexpr std::string_view kExpires = "--expires";

/// The id of an invite, as the server knows it: `text` is the id itself, or the invite's link.
Result<std::string> invite_id_of(const std::string& text) {
  if (wire::parse_invite_id(text)) return text;
  const auto target = wire::parse_target(text, {});
  const auto token =
      target && target->invite ? wire::parse_invite_token(*target->invite) : std::nullopt;
  if (!token) {
    return fail(EX_USAGE,
                "That names no invite: give its link, or the 12 digits and letters that palabre "
                "invite printed with it.");
  }
  return wire::invite_id(wire::hash_of(*token));
}

}  // namespace

ControlCommands::ControlCommands(CLI::App& palabre)
    : orders_(palabre, [this](CLI::App& parent, const char* name, const char* about) {
        return add(parent, What::kOrder, name, about);
      }) {
  CLI::App* who = add(palabre, What::kWho, "who", "Who is online, where, and silent for how long");
  who->add_option("ROOM", request_.target, "Only people in this room")->type_name("");
  who->footer("Example: who is in the room ops\n  palabre who ops");

  CLI::App* members = add(palabre, What::kMembers, "members", "List the members");
  members
      ->add_option("--since", request_.target, "Only those who registered since: 10m, 2h, 1d ago")
      ->type_name("TIME");
  members->footer("The latest first.\nExample:\n  palabre members --since 1h");

  CLI::App* rooms =
      add(palabre, What::kRooms, "rooms", "List the rooms: who is there, founder, topic, rules");
  rooms->add_option("--by", request_.target, "Only those that this member has founded")
      ->type_name("MEMBER");
  rooms->footer("Example:\n  palabre rooms --by awa");

  add_invite(palabre);
  add_revoke(palabre);

  CLI::App* stats = add(palabre, What::kStats, "stats",
                        "Show counters of datagrams, guests, rooms, and the bans");
  stats->footer("Example:\n  palabre stats");
}

CLI::App* ControlCommands::add(CLI::App& palabre, What what, const char* name, const char* about) {
  CLI::App* command = palabre.add_subcommand(name, about);
  command
      ->add_option("--control", control_,
                   "The control socket of the server (default: the one at the usual place)")
      ->type_name("PATH");
  command->callback([this, what] {
    given_ = true;
    request_.what = what;
  });
  return command;
}

void ControlCommands::add_invite(CLI::App& palabre) {
  CLI::App* invite =
      add(palabre, What::kInvite, "invite", "Make a link that lets a member into a room");
  invite->add_option("ROOM", request_.target, "The room")->type_name("")->required();
  invite
      ->add_option(std::string(kExpires), expires_,
                   "How long it is valid: 30m, 12h, 7d, at most 365d, or never (default: 7d)")
      ->type_name("TIME");
  request_.uses = 1;
  invite->add_option("--uses", request_.uses, "How many members may use it, each once (default: 1)")
      ->type_name("N")
      ->check(CLI::Range(std::uint32_t{1}, server::kMostUses));
  invite
      ->add_option("--host", request_.host,
                   "Where others reach the server (default: its first address, its port)")
      ->type_name("HOST[:PORT]");
  invite->footer(
      "Anybody who has the link can use it: keep it secret. If it cannot be printed, it is "
      "revoked.\n"
      "Example: for a team of five, until tomorrow\n"
      "  palabre invite ops --expires 1d --uses 5 --host chat.example");
}

void ControlCommands::add_revoke(CLI::App& palabre) {
  CLI::App* revoke = add(palabre, What::kRevoke, "revoke", "Revoke an invite");
  revoke
      ->add_option("TARGET", request_.target,
                   "The invite, as palabre invite and the server's log call it, or its link")
      ->type_name("")
      ->required();
  revoke->footer(
      "It admits nobody else; members that it has admitted stay.\n"
      "Example:\n  palabre revoke 6fd0c1a2b3e4");
}

Result<std::chrono::seconds> ControlCommands::read_time(const std::string& text) {
  if (const auto time = parse_time(text)) return *time;
  return fail(EX_USAGE, "{} {} is no time; write 30s, 10m, 2h or 1d, from 1s to 365d, or never.",
              kExpires, text);
}

Result<void> ControlCommands::run(Output& output) const {
  server::ControlRequest request = request_;
  if (request.what == What::kOrder) {
    TRY(request, orders_.request());
  }
  const bool is_invite = request.what == What::kInvite;
  if (request.what == What::kRevoke) {
    TRY(request.target, invite_id_of(request.target));
  }
  if (!is_invite) {
    request.uses = 0;
    request.host.clear();
  }
  if (is_invite && expires_ != "never") {
    TRY(request.time, read_time(expires_));
  }
  TRY(const auto answer, ask_server(request, control_));
  if (is_invite) return print_invite(output, answer);
  output.print(answer + "\n");
  return {};
}

Result<void> ControlCommands::print_invite(Output& output, const std::string& answer) const {
  output.print(answer + "\n");
  const auto written = output.finish();
  if (output.flush()) return {};
  // Nobody has read the link, but anybody who finds it could use it.
  const std::string link = answer.substr(0, answer.find('\n'));
  server::ControlRequest request;
  request.what = What::kRevoke;
  TRY(request.target, invite_id_of(link));
  const auto revoked = ask_server(request, control_);
  if (!revoked) {
    return fail(EX_IOERR, "The invite could neither be printed nor be taken back: {}",
                revoked.error().sentence);
  }
  if (written) return {};
  return fail(written.error().exit_code, "{} The invite was taken back.", written.error().sentence);
}

}  // namespace palabre::app
