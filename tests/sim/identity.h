#pragma once

#include <string>
#include <utility>
#include <vector>

#include "client/session.h"
#include "drivers/key_pair.h"
#include "wire/login.h"

namespace palabre::sim {

/// The member with these keys, whose program `agent` asks for the first free one of `nicks`.
inline client::Session::Identity identity_of(const KeyPair& keys, std::vector<std::string> nicks,
                                             std::string agent) {
  return {{keys.open.begin(), keys.open.end()},
          [keys](const auto& server, const auto& own, const auto& exporter) {
            const auto signature = keys.sign(wire::login_message({{server}, {own}, {}, exporter}));
            return std::string(signature.begin(), signature.end());
          },
          std::move(nicks),
          std::move(agent)};
}

}  // namespace palabre::sim
