#include "tools/files/sha256.h"

#include <algorithm>
#include <openssl/evp.h>
#include <vector>

#include "tools/files/input_file.h"

namespace fno {
namespace {

void check(bool ok) { require<ErrorKind::device>(ok, "SHA-256: libcrypto cannot compute it on this machine"); }

std::string to_hex(const Sha256Digest& digest) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : digest) {
    text += kHex[std::to_integer<int>(byte >> 4)];
    text += kHex[std::to_integer<int>(byte & std::byte{15})];
  }
  return text;
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  check(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::update(std::span<const std::byte> bytes) {
  check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  check(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr) == 1);
  return digest;
}

Sha256Digest sha256(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::string sha256_hex(std::span<const std::byte> bytes) { return to_hex(sha256(bytes)); }

std::string sha256_hex_of_file(const std::string& path, ErrorKind kind) {
  const InputFile file(path, kind);
  Sha256 hash;
  std::vector<std::byte> piece(1 << 20);
  for (std::uint64_t at = 0; at < file.size(); at += piece.size()) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), file.size() - at));
    const auto part = std::span(piece).first(size);
    file.read_at(at, part);
    hash.update(part);
  }
  return to_hex(hash.finish());
}

}  // namespace fno
