#include "app/member/id_command.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "client/member_key.h"

namespace palabre::app {

IdCommand::IdCommand(CLI::App& palabre) {
  CLI::App* id = palabre.add_subcommand("id", "Show your own public key, and where it lies");
  id->callback([this] { given_ = true; });
  id->footer(
      "The key is made at first use. Servers know you by it: your nicknames are bound to it.\n"
      "Example:\n  palabre id");
}

Result<void> IdCommand::run(Output& output) {
  TRY(const auto file, client::usual_key_file());
  TRY(const auto key, client::MemberKey::load_or_make(file));
  output.print(fmt::format(
      "{}\nIts secret half is in {}. Whoever has that file is you: keep a copy, and show it to "
      "nobody.\n",
      to_base64(key.public_key().bytes), file.string()));
  return {};
}

}  // namespace palabre::app
