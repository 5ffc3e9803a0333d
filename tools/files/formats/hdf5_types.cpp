#include "tools/files/formats/hdf5_types.h"

#include <algorithm>
#include <memory>

namespace fno {
namespace {

Hdf5Handle copy_of(hid_t type) { return {H5Tcopy(type), H5Tclose, "HDF5 cannot copy a type"}; }

// IEEE 754 half precision, which the library has no name for.
Hdf5Handle half_type() {
  Hdf5Handle type = copy_of(H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

hid_t integer_type(HostType type) {
  switch (type) {
    case HostType::u8: return H5T_STD_U8LE;
    case HostType::i8: return H5T_STD_I8LE;
    case HostType::u16: return H5T_STD_U16LE;
    case HostType::i16: return H5T_STD_I16LE;
    case HostType::u32: return H5T_STD_U32LE;
    case HostType::i32: return H5T_STD_I32LE;
    case HostType::u64: return H5T_STD_U64LE;
    default: return H5T_STD_I64LE;
  }
}

Hdf5Handle complex_type(hid_t part) {
  const std::size_t size = H5Tget_size(part);
  Hdf5Handle type(H5Tcreate(H5T_COMPOUND, 2 * size), H5Tclose, "HDF5 cannot make a type");
  H5Tinsert(type, "r", 0, part);
  H5Tinsert(type, "i", size, part);
  return type;
}

Hdf5Handle boolean_type() {
  Hdf5Handle type(H5Tenum_create(H5T_STD_I8LE), H5Tclose, "HDF5 cannot make a type");
  for (const signed char value : {0, 1}) H5Tenum_insert(type, value != 0 ? "TRUE" : "FALSE", &value);
  return type;
}

std::string member_name(hid_t type, unsigned index) {
  const std::unique_ptr<char, herr_t (*)(void*)> name(H5Tget_member_name(type, index), H5free_memory);
  return name == nullptr ? "" : name.get();
}

void read_integer(Hdf5Type& found, hid_t stored) {
  const bool is_signed = H5Tget_sign(stored) == H5T_SGN_2;
  found.name = (is_signed ? "int" : "uint") + std::to_string(8 * found.size);
  if (H5Tget_precision(stored) != 8 * found.size) return;
  for (const auto& [size, with, without] : {std::tuple{1, HostType::i8, HostType::u8},
                                            {2, HostType::i16, HostType::u16},
                                            {4, HostType::i32, HostType::u32},
                                            {8, HostType::i64, HostType::u64}})
    if (found.size == static_cast<std::size_t>(size)) found.type = is_signed ? with : without;
  if (found.type) found.memory = copy_of(integer_type(*found.type));
}

void read_float(Hdf5Type& found, hid_t stored) {
  found.name = "float of " + std::to_string(8 * found.size) + " bits";
  Hdf5Handle little = copy_of(stored);
  H5Tset_order(little, H5T_ORDER_LE);
  for (const HostType type : {HostType::f16, HostType::f32, HostType::f64}) {
    Hdf5Handle known = hdf5_type_for(type, 0);
    if (H5Tequal(little, known) <= 0) continue;
    found.type = type;
    found.memory = std::move(known);
  }
}

// Two floats of one type, one behind the other, are a complex number, whatever the members are called.
void read_compound(Hdf5Type& found, hid_t stored) {
  found.name = "compound";
  if (H5Tget_nmembers(stored) != 2) return;
  const std::string no_member = "HDF5 has no member of a type";
  const Hdf5Handle first(H5Tget_member_type(stored, 0), H5Tclose, no_member),
      second(H5Tget_member_type(stored, 1), H5Tclose, no_member);
  const Hdf5Type part = hdf5_type_of(first);
  const bool adjacent = H5Tget_member_offset(stored, 0) == 0 && H5Tget_member_offset(stored, 1) == part.size &&
                        found.size == 2 * part.size;
  if (!adjacent || H5Tequal(first, second) <= 0) return;
  if (part.type == HostType::f32) found.type = HostType::c64;
  if (part.type == HostType::f64) found.type = HostType::c128;
  if (!found.type) return;
  found.memory = Hdf5Handle(H5Tcreate(H5T_COMPOUND, found.size), H5Tclose, "HDF5 cannot make a type");
  for (const unsigned i : {0U, 1U}) H5Tinsert(found.memory, member_name(stored, i).c_str(), i * part.size, part.memory);
}

void read_enumeration(Hdf5Type& found, hid_t stored) {
  found.name = "enumeration";
  if (found.size != 1 || H5Tget_nmembers(stored) != 2) return;
  if (member_name(stored, 0) != "FALSE" || member_name(stored, 1) != "TRUE") return;
  found.type = HostType::boolean;
  found.memory = copy_of(stored);
}

}  // namespace

Hdf5Handle hdf5_type_for(HostType type, std::size_t text_bytes) {
  switch (type) {
    case HostType::boolean: return boolean_type();
    case HostType::f16: return half_type();
    case HostType::f32: return copy_of(H5T_IEEE_F32LE);
    case HostType::f64: return copy_of(H5T_IEEE_F64LE);
    case HostType::c64: return complex_type(H5T_IEEE_F32LE);
    case HostType::c128: return complex_type(H5T_IEEE_F64LE);
    case HostType::text: {
      Hdf5Handle text = copy_of(H5T_C_S1);
      H5Tset_size(text, std::max<std::size_t>(text_bytes, 1));
      H5Tset_strpad(text, H5T_STR_NULLPAD);
      H5Tset_cset(text, H5T_CSET_UTF8);
      return text;
    }
    default: return copy_of(integer_type(type));
  }
}

Hdf5Type hdf5_type_of(hid_t stored) {
  Hdf5Type found;
  found.size = H5Tget_size(stored);
  switch (H5Tget_class(stored)) {
    case H5T_INTEGER: read_integer(found, stored); break;
    case H5T_FLOAT: read_float(found, stored); break;
    case H5T_COMPOUND: read_compound(found, stored); break;
    case H5T_ENUM: read_enumeration(found, stored); break;
    case H5T_STRING:
      found.name = "string";
      if (H5Tis_variable_str(stored) > 0) break;
      found.type = HostType::text;
      found.memory = copy_of(stored);
      break;
    case H5T_REFERENCE: found.name = "reference"; break;
    case H5T_VLEN: found.name = "list"; break;
    case H5T_ARRAY: found.name = "array"; break;
    case H5T_OPAQUE: found.name = "opaque"; break;
    default: found.name = "unknown"; break;
  }
  return found;
}

}  // namespace fno
