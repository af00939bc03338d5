#include "link/quic/stateless_responder.h"

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <sodium/randombytes.h>

#include "link/quic/compat.h"
#include "link/quic/values.h"

namespace palabre::link {
namespace {

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

bool add(PacketBatch& batch, const Path& to, ngtcp2_ssize length) {
  if (length > 0) batch.add(to, static_cast<std::size_t>(length));
  return length > 0;
}

ngtcp2_cid new_id() {
  ngtcp2_cid id{};
  id.datalen = ConnectionId::kOurs;
  randombytes_buf(id.data, id.datalen);
  return id;
}

}  // namespace

StatelessResponder::StatelessResponder(const QuicSecret& secret) : reset_secret_(secret) {}

QuicCarrier::ResetToken StatelessResponder::reset_token(const ConnectionId& id) const {
  QuicCarrier::ResetToken token{};
  const ngtcp2_cid cid = to_quic(id);
  ngtcp2_crypto_generate_stateless_reset_token(token.data(), reset_secret_.bytes.data(),
                                               reset_secret_.bytes.size(), &cid);
  return token;
}

StatelessResponder::Checked StatelessResponder::check(const ngtcp2_pkt_hd& initial,
                                                      const Path& from, Instant now) const {
  const std::string_view token = compat::token_of(initial);
  if (token.empty() || bytes_of(token)[0] != NGTCP2_CRYPTO_TOKEN_MAGIC_RETRY) return {};
  const QuicPath path(from);
  ngtcp2_cid before{};
  const bool is_good =
      ngtcp2_crypto_verify_retry_token(&before, bytes_of(token), token.size(),
                                       token_secret_.bytes.data(), token_secret_.bytes.size(),
                                       initial.version, path.peer().addr, path.peer().addrlen,
                                       &initial.dcid, to_quic(kTokenLives), to_quic(now)) == 0;
  if (!is_good) return {Token::kBad, {}};
  return {Token::kGood, from_quic(before)};
}

bool StatelessResponder::negotiate_version(PacketBatch& batch, const Inbound& inbound) const {
  ngtcp2_version_cid ids{};
  ngtcp2_pkt_decode_version_cid(&ids, bytes_of(inbound.bytes), inbound.bytes.size(),
                                ConnectionId::kOurs);
  if (batch.is_full() || ids.dcid == nullptr || ids.dcidlen > ConnectionId::kLongest ||
      ids.scidlen > ConnectionId::kLongest) {
    return false;
  }
  static constexpr std::array<std::uint32_t, 1> kVersions{NGTCP2_PROTO_VER_V1};
  std::uint8_t unused = 0;
  randombytes_buf(&unused, sizeof unused);
  const std::span<std::uint8_t> space = batch.space();
  return add(batch, inbound.path,
             ngtcp2_pkt_write_version_negotiation(space.data(), space.size(), unused, ids.scid,
                                                  ids.scidlen, ids.dcid, ids.dcidlen,
                                                  kVersions.data(), kVersions.size()));
}

bool StatelessResponder::retry(PacketBatch& batch, const ngtcp2_pkt_hd& initial, const Path& to,
                               Instant now) const {
  if (batch.is_full()) return false;
  const QuicPath path(to);
  const ngtcp2_cid id = new_id();
  std::array<std::uint8_t, NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN> token{};
  const ngtcp2_ssize length = ngtcp2_crypto_generate_retry_token(
      token.data(), token_secret_.bytes.data(), token_secret_.bytes.size(), initial.version,
      path.peer().addr, path.peer().addrlen, &id, &initial.dcid, to_quic(now));
  if (length < 0) return false;
  const std::span<std::uint8_t> space = batch.space();
  return add(
      batch, to,
      ngtcp2_crypto_write_retry(space.data(), space.size(), initial.version, &initial.scid, &id,
                                &initial.dcid, token.data(), static_cast<std::size_t>(length)));
}

bool StatelessResponder::refuse(PacketBatch& batch, const ngtcp2_pkt_hd& initial, const Path& to,
                                std::uint64_t code, std::string_view why) const {
  if (batch.is_full()) return false;
  const std::span<std::uint8_t> space = batch.space();
  return add(batch, to,
             ngtcp2_crypto_write_connection_close(space.data(), space.size(), initial.version,
                                                  &initial.scid, &initial.dcid, code, bytes_of(why),
                                                  why.size()));
}

bool StatelessResponder::reset(PacketBatch& batch, const ConnectionId& id, const Path& to) const {
  if (batch.is_full()) return false;
  const QuicCarrier::ResetToken token = reset_token(id);
  std::array<std::uint8_t, kResetBytes - NGTCP2_STATELESS_RESET_TOKENLEN> unpredictable{};
  randombytes_buf(unpredictable.data(), unpredictable.size());
  const std::span<std::uint8_t> space = batch.space();
  return add(batch, to,
             ngtcp2_pkt_write_stateless_reset(space.data(), kResetBytes, token.data(),
                                              unpredictable.data(), unpredictable.size()));
}

}  // namespace palabre::link
