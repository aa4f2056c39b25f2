import { Component, type ComponentChild, type ComponentType } from "preact";

/** A view that is drawn again only when one of its properties is another value. */
export const memo = <Props extends object>(View: (props: Props) => ComponentChild): ComponentType<Props> =>
  class extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      const names = new Set([...Object.keys(this.props), ...Object.keys(next)]) as Set<keyof Props>;
      for (const name of names) if (this.props[name] !== next[name]) return true;
      return false;
    }
    override render(): ComponentChild {
      return <View {...(this.props as Props)} />;
    }
  };
