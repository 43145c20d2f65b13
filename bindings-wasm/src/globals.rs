//! What is used of JavaScript's own classes. `js-sys` has all of them, and takes as long to build as core.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    pub(crate) type Object;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> Object;

    #[wasm_bindgen(catch, js_namespace = Reflect, js_name = get)]
    pub(crate) fn get_field(target: &JsValue, name: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = Reflect, js_name = set)]
    pub(crate) fn set_field(target: &Object, name: &str, value: &JsValue) -> Result<bool, JsValue>;

    pub(crate) type Array;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> Array;

    #[wasm_bindgen(static_method_of = Array, js_name = from)]
    pub(crate) fn of(values: &JsValue) -> Array;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn length(this: &Array) -> u32;

    #[wasm_bindgen(method, indexing_getter)]
    pub(crate) fn at(this: &Array, index: u32) -> JsValue;

    #[wasm_bindgen(method)]
    pub(crate) fn push(this: &Array, value: &JsValue) -> u32;

    // What an exported constructor takes has to be public.
    pub type Uint8Array;

    /// A copy.
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(bytes: &[u8]) -> Uint8Array;

    /// A copy in our memory, with none on the way: `subarray` is the same bytes.
    #[wasm_bindgen(method, js_name = subarray)]
    pub(crate) fn to_vec(this: &Uint8Array) -> Vec<u8>;
}
