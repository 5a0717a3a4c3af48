/** Which search field gets the focus when the person asks to search. */
export class SearchFocus {
  #list = () => {};
  #here: (() => void) | null = null;

  /** Sets how the field above the list gets the focus. */
  inList(focus: () => void) {
    this.#list = focus;
  }

  /** A view with a search field of its own comes first, until the returned function is called. */
  here(focus: () => void): () => void {
    this.#here = focus;
    return () => {
      if (this.#here === focus) this.#here = null;
    };
  }

  give() {
    (this.#here ?? this.#list)();
  }
}
