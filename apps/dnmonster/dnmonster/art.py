"""The drawings: every part of a monster, as text.

A row of ten characters is the left half of a symmetric row and is mirrored; a row of
twenty is drawn as it stands; a shorter one is filled up with nothing on its right (and
mirrored). Each character names a colour of the palette:

    .  nothing          b  body            a  accent          w  white
    #  outline          s  body, shaded    d  accent, dark    k  ink
    l  body, light      h  body, shining   y  ivory           i  iris
    r  inside of a mouth                   t  tongue, blush
"""

from typing import NamedTuple

INKS = ".#bshladwkrtyi"


class Body(NamedTuple):
    """A body, and the rows (from its top) at which its eyes and its shoulders are."""

    rows: str
    face: int = 2
    shoulder: int = 6


# A body's third row covers columns 5 to 14, so that whatever grows on a head has a root;
# it stays within columns 3 to 16, so that arms have room.
BODIES = {
    "ball": Body("""
        .......bbb
        .....bbbbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        .....bbbbb
        .....bbbbb
        .......bbb
    """),
    "egg": Body("""
        .......bbb
        ......bbbb
        .....bbbbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        .....bbbbb
        ......bbbb
    """),
    "block": Body("""
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        .....bbbbb
    """),
    "ghost": Body("""
        .......bbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bb.bb.b
    """),
    "pear": Body(
        """
        .......bbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        .....bbbbb
    """,
        face=1,
        shoulder=7,
    ),
    "bighead": Body(
        """
        ......bbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ....bbbbbb
        .....bbbbb
        ......bbbb
        .....bbbbb
        .....bbbbb
        ......bbbb
    """,
        face=1,
        shoulder=9,
    ),
    "bell": Body(
        """
        ........bb
        ......bbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
    """,
        face=3,
        shoulder=7,
    ),
    "cloud": Body("""
        .......bb.
        .....bbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ....bb.bbb
    """),
    "fluff": Body("""
        ......b.b.
        ....b.bbbb
        .....bbbbb
        ....bbbbbb
        .....bbbbb
        ....bbbbbb
        .....bbbbb
        ....bbbbbb
        ...bbbbbbb
        ....bbbbbb
        ...bbbbbbb
        .....b.b.b
    """),
    "blob": Body(
        """
        .......bbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ....bbbbbb
    """,
        face=1,
        shoulder=5,
    ),
    "bean": Body("""
        ......bbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        .....bbbbb
        ......bbbb
    """),
    "heart": Body(
        """
        .....bbb..
        ....bbbbb.
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        .....bbbbb
        .....bbbbb
        ......bbbb
        .......bbb
    """,
        shoulder=5,
    ),
    "gem": Body(
        """
        .......bbb
        ......bbbb
        .....bbbbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ...bbbbbbb
        ....bbbbbb
        ....bbbbbb
        .....bbbbb
        ......bbbb
        .......bbb
    """,
        shoulder=5,
    ),
    "gourd": Body(
        """
        ......bbbb
        .....bbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        ....bbbbbb
        .....bbbbb
        .....bbbbb
        ....bbbbbb
        ...bbbbbbb
        ...bbbbbbb
        ....bbbbbb
    """,
        face=1,
        shoulder=8,
    ),
}

# Behind everything. The first row is the canvas's sixth.
BACKS = {
    "nothing": "",
    "bat wings": """
        .a
        .aa
        .aaa
        .aaaaa
        .adaaa
        .a.daa
        ....ad
    """,
    "angel wings": """
        .w
        .www
        .wwwww
        .wlwww
        ..wwlw
        ..wlww
        ...ww
    """,
    "butterfly wings": """
        .aaa
        .ayaaa
        .aaaaa
        ..aaaa
        ..aaa
        .adaaa
        .aaa
    """,
    "spines": """
        ...a
        ..aaaa
        ....aa
        ..aaaa
        .aaaaa
        ....aa
        ..aaaa
        ...aaa
        ....aa
        ..aaaa
    """,
    "cape": """


        ....aaaaaa
        ...aaaaaaa
        ..daaaaaaa
        ..daaaaaaa
        ..daaaaaaa
        .daaaaaaaa
        .daaaaaaaa
        .ddaaaaaaa
        .daaaaaaaa
        .dd..aaaaa
    """,
    "shell": """
        ...aaaaaaa
        ..adaaaaaa
        ..aadaaaaa
        .aaaaaaaaa
        .adaaaaaaa
        .aadaaaaaa
        .aaaaaaaaa
        .adaaaaaaa
        ..adaaaaaa
        ...aaaaaaa
    """,
    "curly tail": """




        ................bb..
        ...............b..b.
        .................bb.
        ................bb..
        ...............bb...
        ..............bb....
        ............bbb.....
    """,
    "imp's tail": """



        ................aa..
        ...............aaaa.
        ................bb..
        .................b..
        .................b..
        ................bb..
        ..............bbb...
        ............bbb.....
    """,
    "fluffy tail": """


        ..aa................
        .aaaa...............
        .aaaa...............
        .bbbb...............
        .bbbb...............
        ..bbbb..............
        ...bbbb.............
        .....bbb............
    """,
    "dragon's tail": """



        .y..................
        .b..................
        .bb.................
        ..by................
        ..bbb...............
        ...bbby.............
        ....bbbb............
    """,
    "lightning tail": """


        .................aa.
        ................aaa.
        ...............aaa..
        ................aaa.
        ...............aaa..
        ..............aaa...
        ............aaa.....
        ............aa......
    """,
}

# Behind the body. The first row is the one above the body's last.
LEGS = {
    "feet": """
        .....bbb
        .....bbb
        .....bbb
        ....bbbb
    """,
    "close feet": """
        ......bbb
        ......bbb
        ......bbb
        .....bbbb
    """,
    "clawed feet": """
        .....bbb
        .....bbb
        ....bbbb
        ....ybyb
    """,
    "boots": """
        .....bbb
        .....bbb
        .....aaa
        ....aaaa
    """,
    "trainers": """
        .....bbb
        .....bbb
        ....aaaa
        ...wwwww
    """,
    "four legs": """
        ....bb.bb
        ....bb.bb
        ....bb.bb
        ....bb.bb
    """,
    "tentacles": """
        ....bb.bb
        ....bb.bb
        ...bb..bb
        ..bb..bb
    """,
    "bird's legs": """
        ......y
        ......y
        ......y
        ....yyyy
    """,
    "snail's foot": """
        ....bbbbbb
        ...bbbbbbb
        ..bbbbbbbb
        .sbbsbbsbb
    """,
    "hopper": """
        ........bb
        ........bb
        .......bbb
        .....bbbbb
    """,
    "elephant's legs": """
        ....bbbb
        ....bbbb
        ....bbbb
        ....wbwb
    """,
    "wheels": """
        .....aa
        ....aaaa
        ....aywa
        .....aa
    """,
    "stilts": """
        .....dd
        .....dd
        .....dd
        .....aaa
    """,
    "flippers": """
        ......bb
        ......bb
        .....aaa
        ..aaaaaa
    """,
}

# Behind the body. The fourth row is the shoulder's; the body's edge is at column 4.
ARMS = {
    "stubs": """


        ..bbb
        .bbbbb
        ..bbb
    """,
    "cheering": """
        .b
        .bb
        .bb
        ..bbbb
        ...bbb
    """,
    "hanging": """


        ...bbb
        ..bbbb
        ..bb
        .bbb
        .bb
    """,
    "claws": """
        .y.y
        .bbb
        ..bb
        ..bbbb
        ...bbb
    """,
    "flippers": """


        ...bbb
        ..bbbb
        .bbbb
        .bbb
        ..b
    """,
    "mittens": """


        ...bbb
        ..bbbb
        .aaa
        .aaa
        ..a
    """,
    "waving": """
        .b..................
        bb..................
        .bb.................
        ..bbbb........bbb...
        ...bbb........bbbb..
        ................bb..
        ................bbb.
    """,
    "on the hips": """


        ..bbbb
        .bb
        .b
        .bb
        ..bbbb
    """,
    "pincers": """
        .a.a
        .a.a
        .aaa
        ..dbbb
        ...bbb
    """,
    "thorns": """

        .y
        ..ybbb
        .yybbb
        ..ybbb
        .y
    """,
    "wings": """
        .a
        .aa
        .aaaa
        .daaaa
        ..daaa
        ...daa
    """,
}

# In front of everything, beside the eyes. The seventh row is the shoulder's.
HELD = {
    "nothing": "",
    "lollipop": """

        ................aaa.
        ................awa.
        ................aaa.
        .................y..
        .................y..
        ................bb..
        .................y..
    """,
    "flag": """
        ................yaa.
        ................ywa.
        ................yaa.
        ................y...
        ................y...
        ................y...
        ................bb..
        ................y...
    """,
    "flower": """

        .................t..
        ................tyt.
        .................t..
        .................l..
        ................ll..
        ................bb..
        .................l..
    """,
    "balloon": """
        ................aaa.
        ................waa.
        ................aaa.
        .................a..
        .................k..
        ................k...
        ................k...
        ................bb..
    """,
    "wand": """

        .................y..
        ................ywy.
        .................y..
        .................d..
        .................d..
        ................bb..
        .................d..
    """,
    "ice cream": """


        .................t..
        ................twt.
        ................lll.
        ................yyy.
        ................bb..
        .................y..
    """,
    "sword": """

        .................w..
        .................w..
        .................w..
        .................w..
        ................yyy.
        ................bb..
        .................y..
    """,
    "umbrella": """

        .................a..
        ................aya.
        ................aya.
        .................k..
        .................k..
        ................bb..
        .................k..
    """,
    "fish": """





        ...............l.ll.
        ...............llkl.
        ...............llll.
        ...............bb...
    """,
    "book": """





        ...............aaaa.
        ...............awwa.
        ...............aaaa.
        ...............abba.
    """,
    "cup": """




        ................w...
        .................w..
        ...............aaa..
        ...............aada.
        ...............bba..
    """,
    "lantern": """





        ...............bbbb.
        .................k..
        ................yyy.
        ................ywy.
        ................ddd.
    """,
}

# Behind the body. The last row is the body's third.
HORNS = {
    "imp's horns": """
        ...y
        ...yy
        ...yyy
        ....yyy
        .....yyy
        ......yy
    """,
    "cat's ears": """
        ....bb
        ....bbb
        ....btbb
        ....bttbb
        .....btbb
        .....bbbb
    """,
    "bunny's ears": """
        .....bb
        ....btbb
        ....btbb
        ....btbb
        .....btb
        .....bbb
        .....bbb
    """,
    "antennae": """
        ....aa
        ....aa
        ......d
        ......d
        .......d
        .......d
        .......d
    """,
    "unicorn's horn": """
        .........y
        .........y
        ........yw
        ........wy
        .......yyw
        .......wyy
        .......yyy
    """,
    "bear's ears": """
        ...bbb
        ..bbbbb
        ..bttbbb
        ..btbbbb
        ...bbbbb
    """,
    "mohawk": """
        .........a
        .......a.a
        .......aaa
        ......aaaa
        ......adad
        ......aaaa
        ......aaaa
    """,
    "dinosaur's crest": """
        .........a
        .....a..aa
        .....a..aa
        ....aaa.aa
        ....aaaaaa
        .....aaaaa
    """,
    "lamb's ears": """
        ..aaa
        .aaaaaa
        .dataaaa
        ..daaaaa
        ....aaaa
    """,
    "sprout": """
        .....aaa
        ....aaaad
        .....adda
        ........da
        .........d
        .........d
        .........d
    """,
    "bull's horns": """
        ..y
        .yy
        .yyy
        ..yyyy
        ...yyyyy
        .....yyy
    """,
    "crown": """
        .....y...y
        .....yy.yy
        .....yyyyy
        .....ytyyt
        .....yyyyy
        .....yyyyy
    """,
    "antlers": """
        ..y.y
        ..y.y.y
        ..yyyyy
        ....yy
        .....yy
        ......yy
        ......yy
    """,
    "mouse's ears": """
        ..aaa
        .aattaa
        .atttaa
        .aattaa
        ..aaaaaa
        ....aaaa
    """,
    "lamp": """
        ........yy
        ........yw
        ........yy
        .........d
        .........d
        .........d
        .........d
    """,
    "curls": """
        ......aa
        ....aaaa.a
        ...aadaaaa
        ...aaaadaa
        ...aaaaaaa
        ....aaaaaa
        ....aaaaaa
    """,
    "hat": """
        ......aaaa
        ......aaaa
        ......aaaa
        ......dddd
        ....aaaaaa
        ......aaaa
    """,
    "quiff": """
        .........aaaa.......
        .......aaaaaaa......
        ......aaaa..aa......
        ......aaaaa.........
        ......aaaaaa........
        ......aaaaaaa.......
    """,
}

# On the body, and cut to its shape. The first row is the canvas's sixth.
COATS = {
    "plain": "",
    "belly": """







        .......lll
        ......llll
        ......llll
        ......llll
        .......lll
    """,
    "ribbed belly": """







        .......lll
        ......llll
        ......ssss
        ......llll
        ......ssss
    """,
    "tiger": """
        ...ddd

        ...dddd

        ...dd

        ...dddd

        ...ddd
    """,
    "spots": """

        .......ss...........
        .......ss....ss.....
        .............ss.....

        ....ss..........s...
        ....ss..............
        ..............ss....
        .....s........ss....
        ...ss...ss..........
        ...ss...ss....s.....
        .............ss.....
    """,
    "bright spots": """
        .........a..........
        .....aa.......a.....
        .....aa.............
        ..............aa....
        ....a.........aa....

        .....a..............
        ..............a.....
        ....aa........aa....
        ....aa..............
        ..........aa....a...
        ......a...aa........
    """,
    "trousers": """









        aaaaaaaaaa
        aaaaaaaaad
        aaaaaaaaad
    """,
    "jersey": """








        aaaaaaaaaa
        llllllllll
        aaaaaaaaaa
        llllllllll
    """,
    "loving": """


        .......tw..tt.......
        .......tttttt.......
        ........tttt........
    """,
    "masked": """


        ......llll
        ....llllll
        ....llllll
        ....llllll
        ......llll
    """,
    "hooded": """
        aaaaaaaaaa
        aaaaaaaaaa
        aaaaaa.aaa
        aaaa.....a
        aaa
        a
    """,
    "buttoned": """










        .........yy
        ....................
        .........yy
    """,
    "scaly": """







        .....s.s.s
        ....s.s.s.
        .....s.s.s
        ....s.s.s.
        .....s.s.s
    """,
    "dipped": """








        l..l..l..l
        llllllllll
        llllllllll
        llllllllll
    """,
    "patched": """

        ..........llllll....
        ..........lllllll...
        ..........lllllll...
        ..........lllllll...
        ..........lllllll...
        ...........lllll....
    """,
}

# On the body. The last row is the face's fourth.
EYES = {
    "round": """
        ......ww....ww......
        .....wwkw..wwkw.....
        .....wkkw..wkkw.....
        ......ww....ww......
    """,
    "beads": """
        ......wk....wk......
        ......kk....kk......
        ......kk....kk......
    """,
    "wide": """
        .....wwww..wwww.....
        .....wwkw..wkww.....
        .....wkkw..wkkw.....
        .....wwww..wwww.....
    """,
    "sleepy": """
        .....ssss..ssss.....
        .....ssss..ssss.....
        .....wkkw..wkkw.....
        ......ww....ww......
    """,
    "fierce": """
        .....#........#.....
        .....w##....##w.....
        .....wwkk..kkww.....
        ......wkk..kkw......
    """,
    "smiling": """
        ......kk....kk......
        .....k..k..k..k.....
        .....k..k..k..k.....

    """,
    "one": """
        ........wwww........
        .......wwwwww.......
        .......wiwkiw.......
        .......wikkiw.......
        .......wwiiww.......
        ........wwww........
    """,
    "one with a lid": """
        ........ssss........
        .......ssssss.......
        .......wwkkww.......
        .......wwkkww.......
        ........wwww........
    """,
    "three": """
        .........ww.........
        .........wk.........
        ......ww....ww......
        ......wk....wk......
        ......kk....kk......
    """,
    "spectacles": """
        .....####..####.....
        .....#wk####wk#.....
        .....#kk#..#kk#.....
        .....####..####.....
    """,
    "winking": """
        ......ww............
        .....wwkw..k........
        .....wkkw...kkk.....
        ......ww............
    """,
    "glancing": """
        ......ww....ww......
        .....kkww..kkww.....
        .....kkww..kkww.....
        ......ww....ww......
    """,
    "sparkling": """
        .....iiii..iiii.....
        .....wwki..wwki.....
        .....wkkk..wkkk.....
        .....ikkw..ikkw.....
    """,
    "odd": """
        .....wwww...........
        .....wwkw...ww......
        .....wkkw...wk......
        .....wwww...........
    """,
    "spider's": """
        .....wk.wk.wk.wk....
        .....kk.kk.kk.kk....
    """,
    "silly": """
        ......ww....ww......
        .....wwkk..kkww.....
        .....wwkk..kkww.....
        ......ww....ww......
    """,
    "visor": """
        .....#########.#....
        ....#iwiiiiiiii#....
        ....#iiiiiiiiii#....
        .....##########.....
    """,
    "worried": """
        .......#....#.......
        .....##......##.....
        ......wk....wk......
        ......kk....kk......
    """,
}

# On the body. The first row is the face's sixth.
MOUTHS = {
    "smile": """
        ......k
        .......kkk
    """,
    "small smile": """
        ........k
        .........k
    """,
    "toothy": """
        .....kkkkk
        .....kwkwk
        ......kkkk
    """,
    "laughing": """
        ......kkkk
        ......krrr
        .......ktt
    """,
    "vampire's": """
        .....kkkkk
        ......w
    """,
    "one tooth": """
        ......k......k......
        .......kkkkkk.......
        .........w..........
    """,
    "tongue out": """
        ......kkkkkkkk......
        ..........tt........
        ..........tt........
    """,
    "amazed": """
        ........kk
        .......krr
        ........kk
    """,
    "cat's": """
        ......k..k
        .......kk
    """,
    "beak": """
        ........yy
        .......yyy
        ........dd
    """,
    "wobbly": """
        .......k..k..k......
        ......k.kk.kk.......
    """,
    "tusks": """
        ......w
        ......wkkk
    """,
    "buck teeth": """
        ......k......k......
        .......kkkkkk.......
        .........ww.........
    """,
    "smirk": """
        .............k......
        .......kkkkkk.......
    """,
    "gaping": """
        .....kkkkk
        .....kwrwr
        ......krtt
    """,
    "moustache": """
        ......ddd.
        .....dd.dd
    """,
    "zip": """
        ......k.k.k.k.......
        .....kkkkkkkkk......
        ......k.k.k.k.......
    """,
}

# On top of everything. The first row is the one above the face's first.
EXTRAS = {
    "nothing": "",
    "blush": """





        ....tt
    """,
    "freckles": """




        .....s
        ....s.s
    """,
    "nose": """




        .........d
    """,
    "brows": """
        .....kkk
    """,
    "whiskers": """




        ..#.
        ...##
        ..#
    """,
    "bow tie": """








        .......aadyydaa.....
        .......aad..daa.....
    """,
    "scarf": """







        ....aaaaaaaaaaaa....
        ....adadadadadad....
        ......aa............
        ......ad............
    """,
    "plaster": """
        ...........yyyy.....
        ...........ytty.....
    """,
    "warm cheeks": """




        ....tt
        ....tt
    """,
    "stitches": """
        ......#.#...........
        .....#####..........
        ......#.#...........
    """,
    "flower": """
        .....t..............
        ....tyt.............
        .....t..............
    """,
    "big nose": """



        ........aa
        ........aa
    """,
    "beauty spot": """





        .............k......
    """,
    "fringe": """
        .....aaaaa
        .....a.a.a
    """,
}
