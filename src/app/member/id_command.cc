#include "app/member/id_command.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "client/member_key.h"

namespace palabre::app {

IdCommand::IdCommand(CLI::App& palabre) {
  CLI::App* id = palabre.add_subcommand("id", "Show your public key, and where the key is stored");
  id->callback([this] { given_ = true; });
  id->footer(
      "The key is created at first use. Servers identify you by it; your nicknames are bound to "
      "it.\n"
      "Example:\n  palabre id");
}

Result<void> IdCommand::run(Output& output) {
  TRY(const auto file, client::usual_key_file());
  TRY(const auto key, client::MemberKey::load_or_make(file));
  output.print(fmt::format(
      "{}\nIts secret half is in {}. Anybody who has that file can act as you: keep a copy, and "
      "show it to nobody.\n",
      to_base64(key.public_key().bytes), file.string()));
  return {};
}

}  // namespace palabre::app
